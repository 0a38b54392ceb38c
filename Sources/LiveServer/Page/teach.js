
// Teaching: what is there is asked for again and again, faster while something is going on. Texts are set as texts, never as HTML.

const quick = 300, slow = 2000, shownPhotos = 24, shownChanges = 8, shownChips = 5;

/** Asks the program; what it refuses is an error that says why. */
async function ask(path, values, change) {
  // By its origin the program knows that it is its own page that asks.
  const request = { headers: token ? { Authorization: `Bearer ${token}` } : {}, referrerPolicy: "same-origin" };
  if (change) {
    request.method = "POST";
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(change);
  }
  const query = new URLSearchParams(values);
  const answer = await fetch(query.size ? `${path}?${query}` : path, request);
  if (answer.headers.get("Content-Type") !== "application/json") throw new Error((await answer.text()).trim());
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function say(text, isBad = false) {
  one("said").textContent = text;
  one("said").classList.toggle("bad", isBad);
}

/** A button, or a form, that changes something. */
function onChange(element, event, path, change, done = () => {}) {
  element.addEventListener(event, async (happened) => {
    happened.preventDefault();
    try {
      say("");
      teaching.take(await ask(path, {}, change()));
      done();
    } catch (error) {
      say(error.message, true);
    }
  });
}

/** A label's photos. */
class TaughtLabel {
  constructor(name) {
    this.name = name;
    this.element = copy("taught-label");
    this.part = (selector) => this.element.querySelector(selector);
    this.part(".label").textContent = name;
    this.limit = shownPhotos;
    this.element.addEventListener("toggle", () => this.load());
    this.part(".more").addEventListener("click", () => { this.limit = Infinity; this.load(true); });
    const input = this.part(".rename input");
    input.value = name;
    onChange(this.part(".rename"), "submit", "teach/labels/rename", () => ({ label: name, to: input.value.trim() }));
    onChange(this.part(".remove"), "click", "teach/labels/remove", () => ({ label: name }), () => say(`${name} is removed; undo brings it back`));
    this.part(".remove").setAttribute("aria-label", `Remove the label ${name}`);
  }

  update({ photos, isNone }, most) {
    const full = photos >= most ? ", which is the most" : "";
    this.part(".count").textContent = `${counted(photos, "photo")}${full}${isNone ? ": no label, used in training only" : ""}`;
    const isOther = this.count !== photos;
    this.count = photos;
    if (isOther) this.load(true);
  }

  async load(again = false) {
    if (!this.element.open || this.isLoaded && !again) return;
    this.isLoaded = true;
    try {
      const { photos } = await ask("teach/photos", { label: this.name });
      this.draw(photos.slice().reverse());
    } catch (error) {
      say(error.message, true);
    }
  }

  draw(photos) {
    const there = new Map([...this.part(".photos").children].map((element) => [element.dataset.name, element]));
    const elements = photos.slice(0, this.limit).map(({ name }) => there.get(name) ?? this.photo(name));
    this.part(".photos").replaceChildren(...elements);
    elements.forEach((element, index) => {
      const text = `Photo ${index + 1} of ${this.name}`;
      element.querySelector("img").alt = text;
      element.querySelector("button").setAttribute("aria-label", `Delete photo ${index + 1} of ${this.name}`);
    });
    this.part(".more").hidden = photos.length <= this.limit;
    this.part(".more").textContent = `Show all ${photos.length}`;
  }

  photo(name) {
    const element = copy("photo");
    element.dataset.name = name;
    element.querySelector("img").src = address("teach/photo", { label: this.name, name });
    onChange(element.querySelector("button"), "click", "teach/photos/delete", () => ({ label: this.name, names: [name] }));
    return element;
  }
}

/** A change of the answer, with the picture in which it was found. */
class Change {
  constructor({ id, time, unknown, answer, label, score, source }) {
    this.id = id;
    this.answer = unknown ? "unknown" : answer?.label ?? label;
    this.element = copy("change");
    this.part = (selector) => this.element.querySelector(selector);
    this.part(".label").textContent = this.answer;
    const certainty = answer?.score ?? score;
    const details = [new Date(time).toLocaleTimeString(), ...(cameras.size > 1 ? [source] : [])];
    if (!unknown && certainty !== undefined) details.unshift(`${Math.round(certainty * 100)} %`);
    this.part("small").textContent = details.join(", ");
    this.part("img").src = address("history/picture", { id });
    this.part("img").alt = `What was taken for ${this.answer}`;
    const input = this.part("input");
    onChange(this.part("form"), "submit", "teach/correct", () => ({ id, label: input.value.trim() }), () => this.keep(input.value.trim()));
  }

  keep(label) {
    for (const part of [".wrong", "form"]) this.part(part).hidden = true;
    this.part(".note").hidden = false;
    this.part(".note").textContent = `Kept as ${label}; learn to have it count.`;
  }

  /** Offers the labels that have photos. */
  offer(labels) {
    const offered = labels.filter((label) => label !== this.answer).slice(0, shownChips);
    if (offered.join("\n") === this.offered) return;
    this.offered = offered.join("\n");
    this.part(".chips").replaceChildren(...offered.map((label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-label", `It is ${label}, not ${this.answer}`);
      onChange(button, "click", "teach/correct", () => ({ id: this.id, label }), () => this.keep(label));
      return button;
    }));
  }
}

class Teaching {
  constructor() {
    this.labels = new Map();
    this.changes = [];
    this.report = { labels: [] };
    onChange(one("take"), "submit", "teach/collect", () => this.wish());
    onChange(one("take-stop"), "click", "teach/stop", () => ({}));
    onChange(one("learn"), "click", "teach/learn", () => ({}));
    onChange(one("undo"), "click", "teach/undo", () => ({}), () => say("undone"));
    document.addEventListener("visibilitychange", () => this.look());
    this.loadNames();
    this.look();
  }

  wish() {
    const camera = one("take-camera").value;
    return { label: one("take-label").value.trim(), ...(camera ? { camera } : {}) };
  }

  /** Looks how things are, again and again while somebody sees it. */
  async look() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    try {
      this.take(await ask("teach"));
      await this.loadChanges();
    } catch (error) {
      if (one("link").dataset.state === "live") say(error.message, true);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), this.isBusy ? quick : slow);
  }

  get isBusy() {
    const { collecting, learning } = this.report;
    return learning !== undefined || collecting !== undefined && collecting.ending === undefined;
  }

  take(report) {
    const wasBusy = this.isBusy, before = this.report;
    this.report = report;
    this.drawTaking(report, before);
    this.drawLearning(report, before);
    this.drawLabels(report);
    this.drawCameras();
    for (const change of this.changes) change.offer(report.labels.map(({ label }) => label));
    if (this.isBusy && !wasBusy) this.look();
    if (!this.isBusy && wasBusy) this.loadNames();
  }

  drawTaking({ collecting, takesNewNames }, before) {
    const isTaking = collecting !== undefined && collecting.ending === undefined;
    one("own-names").hidden = takesNewNames;
    // Who uses the keyboard stays where they are.
    const [shown, other] = isTaking ? ["take-stop", "take-start"] : ["take-start", "take-stop"];
    const hasFocus = document.activeElement === one(other);
    one(shown).hidden = false;
    one(other).hidden = true;
    if (hasFocus) one(shown).focus();
    one("taken").hidden = !isTaking;
    if (!collecting) return;
    one("taken").max = collecting.wanted;
    one("taken").value = collecting.taken;
    const passed = [[collecting.alike, "alike"], [collecting.damaged, "damaged"]].filter(([count]) => count)
      .map(([count, what]) => `${count} ${what}`).join(", ");
    const skipped = passed ? ` (passed over: ${passed})` : "";
    one("taken-text").textContent = isTaking
      ? `${collecting.taken} of ${collecting.wanted}: turn and move it${skipped}`
      : `${collecting.label}: ${counted(collecting.taken, "picture")} taken${collecting.ending === "done" ? "" : `, ${collecting.ending}`}${skipped}`;
    if (!isTaking && before.collecting && before.collecting.ending === undefined) say(one("taken-text").textContent);
  }

  drawLearning({ learning, lesson, error, isLearnt, model, folder, isEnoughToTrain, labels }, before) {
    const photos = labels.reduce((sum, label) => sum + label.photos, 0);
    one("learn").disabled = learning !== undefined;
    one("learn").textContent = isLearnt || photos === 0 && !lesson ? "Learn" : "Learn what has changed";
    one("learning").hidden = !learning;
    one("learning-text").textContent = learning ? `${learning.done} of ${learning.total} photos` : "";
    if (learning?.total) { one("learning").max = learning.total; one("learning").value = learning.done; }
    const held = lesson?.heldOut ? `; of ${lesson.heldOut} held out once, ${lesson.right} were right` : "";
    const warnings = lesson?.warnings.length ? ` ${lesson.warnings.slice(0, 3).join(". ")}` : "";
    one("lesson").textContent = lesson
      ? `Learnt ${counted(lesson.photos, "photo")} of ${lesson.labels.map(({ label }) => label).join(", ")} in ${lesson.seconds.toFixed(1)} s${held}.${warnings}`
      : "Nothing is learnt from pictures yet.";
    if (before.learning && !learning) say(error ?? (lesson ? "Learnt: this is what answers now." : "It answers as it did without pictures."), error !== undefined);
    else if (error !== undefined && error !== before.error) say(error, true);
    one("keep").hidden = !model;
    if (model) one("keep").replaceChildren("The taught model, for other programs and devices: ", code(`mmrl-run --model ${quoted(model)}`));
    one("train").hidden = !isEnoughToTrain;
    if (isEnoughToTrain) {
      one("train").replaceChildren(
        "These photos are enough for training, which takes longer and is better, and says how often it is right: ",
        code(`mmrl-convert CHECKPOINT --train ${quoted(folder)} -o my.mmrl`));
    }
  }

  drawLabels({ labels, photosOfLabel, problems, undo, folder }) {
    one("undo").hidden = undo === undefined;
    one("undo").textContent = `Undo: ${undo}`;
    one("folder").textContent = labels.length ? `In ${folder}, a folder of photos for each label.` : `None yet. They will be folders of photos in ${folder}.`;
    one("problems").replaceChildren(...problems.map((problem) => {
      const item = document.createElement("li");
      item.textContent = problem;
      return item;
    }));
    for (const name of this.labels.keys()) {
      if (!labels.some(({ label }) => label === name)) {
        this.labels.get(name).element.remove();
        this.labels.delete(name);
      }
    }
    labels.forEach((label, index) => {
      if (!this.labels.has(label.label)) this.labels.set(label.label, new TaughtLabel(label.label));
      const shown = this.labels.get(label.label), list = one("labels");
      if (list.children[index] !== shown.element) list.insertBefore(shown.element, list.children[index] ?? null);
      shown.update(label, photosOfLabel);
    });
    this.drawNames();
  }

  drawCameras() {
    const names = [...cameras.keys()];
    if (names.join("\n") === this.names) return;
    this.names = names.join("\n");
    one("take-where").hidden = names.length < 2;
    one("take-camera").replaceChildren(...names.map((name) => new Option(name, name)));
  }

  async loadNames() {
    try {
      this.modelNames = (await ask("teach/names")).names;
      this.drawNames();
    } catch { /* They are a help in typing, no more. */ }
  }

  drawNames() {
    const names = new Set([...this.report.labels.map(({ label }) => label), "none", ...this.modelNames ?? []]);
    const text = [...names].join("\n");
    if (text === this.known) return;
    this.known = text;
    one("known-labels").replaceChildren(...[...names].map((name) => new Option(name, name)));
  }

  async loadChanges() {
    const last = this.changes[0]?.id ?? 0;
    const { changes } = await ask("history", { after: last });
    const news = changes.filter(({ picture }) => picture).slice(0, shownChanges).map((change) => new Change(change));
    if (!news.length) return;
    for (const change of news) change.offer(this.report.labels.map(({ label }) => label));
    this.changes = [...news, ...this.changes];
    for (const change of this.changes.splice(shownChanges)) change.element.remove();
    one("recent").prepend(...news.map(({ element }) => element));
    one("no-recent").hidden = true;
  }

  get camera() { return cameras.get(one("take-camera").value) ?? cameras.values().next().value; }

  /** Shows small what a camera shows, so that it is seen beside the button, too. */
  drawPreview(camera) {
    if (camera !== this.camera) return;
    const preview = one("preview"), { image } = camera;
    preview.hidden = false;
    preview.height = Math.round(preview.width * image.naturalHeight / image.naturalWidth);
    preview.getContext("2d").drawImage(image, 0, 0, preview.width, preview.height);
  }

  /** What the camera in question shows now; changes of another run of the program are forgotten. */
  drawStatus({ uptime }) {
    this.drawCameras();
    if (uptime < this.uptime) {
      for (const change of this.changes.splice(0)) change.element.remove();
    }
    this.uptime = uptime;
    one("now").textContent = this.camera?.standing?.label ?? "–";
  }
}

function code(text) {
  const element = document.createElement("code");
  element.textContent = text;
  return element;
}

/** As one word for a shell. */
function quoted(text) { return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`; }

const teaching = new Teaching();
onStatus = (status) => teaching.drawStatus(status);
onImage = (camera) => teaching.drawPreview(camera);
