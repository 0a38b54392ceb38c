
// Teaching: what is there is asked for again and again, faster while something is going on. Texts are set as texts, never as HTML.

const quick = 300, slow = 2000, shownPhotos = 24, shownChips = 5, longestPreview = 320;

function say(text, isBad = false) {
  one("said").textContent = text;
  one("said").classList.toggle("bad", isBad);
}

/** A button, or a form, that changes something. */
function onChange(element, event, path, change, done = () => {}, fail = (text) => say(text, true)) {
  element.addEventListener(event, async (happened) => {
    happened.preventDefault();
    try {
      say("");
      teaching.take(await ask(path, {}, change()));
      done();
    } catch (error) {
      fail(error.message);
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

/** Pictures on the page that become photos: one by a tap, or all that are ticked. */
class Sorting {
  constructor() {
    /** What was sorted, and what undoing it is called. */
    this.done = [];
    one("sort").hidden = false;
    one("choose-all").addEventListener("change", () => {
      for (const shot of this.choosable) shot.tick.checked = one("choose-all").checked;
      this.draw();
    });
    onChange(one("sort"), "submit", "teach/sort", () => {
      this.label = one("sort-label").value.trim();
      this.chosen = this.ticked;
      const ids = this.chosen.filter(({ name }) => name === undefined).map(({ id }) => id);
      return { ids, saved: this.chosen.flatMap(({ name }) => name ?? []), label: this.label };
    }, () => this.keep(this.chosen, this.label), (text) => this.say(text, true));
  }

  get choosable() { return recent.shots.filter(({ tick }) => tick && !tick.disabled); }
  get ticked() { return this.choosable.filter(({ tick }) => tick.checked); }

  say(text, isBad = false) {
    one("chosen").textContent = text;
    one("chosen").classList.toggle("bad", isBad);
  }

  /** A new picture on the page. */
  take(shot) {
    if (shot.part("img").hidden) return;
    for (const part of [".tick", ".wrong", "form"]) shot.part(part).hidden = false;
    shot.tick = shot.part(".tick input");
    shot.tick.setAttribute("aria-label", `Choose ${shot.answer ?? "a frame"}, ${shot.details}`);
    shot.tick.addEventListener("change", () => this.draw());
    const input = shot.part("form input");
    this.onKeep(shot, shot.part("form"), "submit", () => input.value.trim());
    this.offer(shot, teaching.report.labels);
    this.draw();
  }

  onKeep(shot, element, event, label) {
    let kept;
    const what = shot.name === undefined ? { ids: [shot.id] } : { saved: [shot.name] };
    onChange(element, event, "teach/sort", () => ({ ...what, label: kept = label() }), () => this.keep([shot], kept), (text) => this.say(text, true));
  }

  /** Offers the labels that have photos, one tap each. */
  offer(shot, labels) {
    if (!shot.tick) return;
    const offered = labels.map(({ label }) => label).filter((label) => label !== shot.answer || shot.name !== undefined).slice(0, shownChips);
    if (offered.join("\n") === shot.offered) return;
    shot.offered = offered.join("\n");
    shot.part(".chips").replaceChildren(...offered.map((label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-label", `${shot.answer ?? "This frame"}, ${shot.details}: it is ${label}`);
      this.onKeep(shot, button, "click", () => label);
      return button;
    }));
  }

  keep(shots, label) {
    this.done.push({ title: teaching.report.undo, shots });
    for (const shot of shots) this.mark(shot, label);
    one("choose-all").checked = false;
    this.draw();
    this.say(`${counted(shots.length, "picture")} kept as ${label}; learn to have it count.`);
  }

  /** Says of a picture what it was kept as; undefined for nothing any more. */
  mark(shot, label) {
    const isKept = label !== undefined;
    for (const part of [".wrong", "form"]) shot.part(part).hidden = isKept;
    shot.tick.checked = false;
    shot.tick.disabled = isKept;
    shot.part(".note").hidden = !isKept;
    shot.part(".note").textContent = isKept ? `Kept as ${label}` : "";
  }

  /** A change was undone: what was sorted by it is to be sorted again. */
  undone(title) {
    this.say("undone");
    if (this.done.at(-1)?.title !== title) return;
    for (const shot of this.done.pop().shots) this.mark(shot);
    this.draw();
  }

  draw() {
    const count = this.ticked.length;
    one("sort-start").disabled = count === 0;
    one("sort-start").textContent = count ? `Sort ${counted(count, "picture")}` : "Sort";
    if (count && !one("chosen").classList.contains("bad")) this.say("");
  }
}

class Teaching {
  constructor() {
    this.labels = new Map();
    this.report = { labels: [] };
    onChange(one("take"), "submit", "teach/collect", () => this.wish());
    onChange(one("take-stop"), "click", "teach/stop", () => ({}));
    onChange(one("learn"), "click", "teach/learn", () => ({}));
    for (const id of ["undo", "sort-undo"]) {
      let title;
      onChange(one(id), "click", "teach/undo", () => { title = this.report.undo; return {}; }, () => { say("undone"); sorting.undone(title); });
    }
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
    for (const shot of recent.shots) sorting.offer(shot, report.labels);
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
    for (const id of ["undo", "sort-undo"]) {
      one(id).hidden = undo === undefined;
      one(id).textContent = `Undo: ${undo}`;
    }
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

  get camera() { return cameras.get(one("take-camera").value) ?? cameras.values().next().value; }

  /** Shows small what is looked at, which photos will show, beside the button, too. */
  drawPreview(camera) {
    if (camera !== this.camera) return;
    const preview = one("preview"), { image, crop } = camera;
    const width = crop.width * image.naturalWidth, height = crop.height * image.naturalHeight, scale = longestPreview / Math.max(width, height);
    preview.hidden = false;
    preview.width = Math.max(1, Math.round(width * scale));
    preview.height = Math.max(1, Math.round(height * scale));
    preview.getContext("2d").drawImage(
      image, crop.x * image.naturalWidth, crop.y * image.naturalHeight, width, height, 0, 0, preview.width, preview.height);
  }

  /** What the camera in question shows now. */
  drawStatus() {
    this.drawCameras();
    one("now").textContent = this.camera?.standing?.label ?? "–";
  }
}

const teaching = new Teaching(), sorting = new Sorting();
onShot = (shot) => sorting.take(shot);
onShotGone = () => sorting.draw();
onStatus.push(() => teaching.drawStatus());
onImage.push((camera) => teaching.drawPreview(camera));
