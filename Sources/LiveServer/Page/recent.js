
// What has changed, and what is kept of it. Texts are set as texts, never as HTML.

const shownChanges = 8, shownSaved = 12;

/** Asks the program; what it refuses is an error that says why. */
async function ask(path, values, change, method = "POST") {
  // By its origin the program knows that it is its own page that asks.
  const request = { headers: token ? { Authorization: `Bearer ${token}` } : {}, referrerPolicy: "same-origin" };
  if (change) {
    request.method = method;
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

/** A picture with its time and what was found in it: of a change of the answer, or one that is kept. */
class Shot {
  constructor({ id, name, time, unknown, answer, source, kept, picture }) {
    this.id = id;
    this.name = name;
    this.answer = unknown ? "unknown" : answer?.label;
    this.element = copy("shot");
    this.part = (selector) => this.element.querySelector(selector);
    this.part(".label").textContent = this.answer ?? "–";
    const moment = new Date(time), isToday = moment.toDateString() === new Date().toDateString();
    const details = [isToday ? moment.toLocaleTimeString() : moment.toLocaleString()];
    if (cameras.size > 1) details.push(source);
    if (answer?.score !== undefined && !unknown) details.unshift(`${Math.round(answer.score * 100)} %`);
    if (kept && kept.join() !== "change") details.push(kept.join(", "));
    this.details = details.join(", ");
    this.part("small").textContent = this.details;
    const image = this.part("img");
    image.hidden = name === undefined && !picture;
    if (image.hidden) return;
    image.src = name === undefined ? address("history/picture", { id }) : address("saved/picture", { name });
    image.alt = this.answer === undefined ? "A frame from before" : `What was taken for ${this.answer}`;
  }
}

/** What else is done with a new picture on the page, and with one that goes. */
let onShot = () => {}, onShotGone = () => {};

/** The list of the last changes, and that of the pictures that are kept. */
class Recent {
  constructor() {
    this.changes = [];
    this.saved = new Map();
    this.hasSaved = one("saved") !== null;
    if (this.hasSaved) one("saved-more").addEventListener("click", () => this.loadOlder());
    document.addEventListener("visibilitychange", () => this.load());
  }

  get shots() { return [...this.changes, ...this.saved.values()]; }

  add(record) {
    const shot = new Shot(record);
    onShot(shot);
    return shot;
  }

  remove(shot) {
    shot.element.remove();
    onShotGone(shot);
  }

  /** Looks what is new; one look after the other. */
  async load() {
    if (document.hidden || this.isLoading) return;
    this.isLoading = true;
    try {
      await this.loadChanges();
      if (this.hasSaved) await this.loadNewest();
    } catch { /* The link says that there is none; the next status tries again. */ }
    this.isLoading = false;
  }

  async loadChanges() {
    const { changes } = await ask("history", { after: this.changes[0]?.id ?? 0 });
    const news = changes.slice(0, shownChanges).map((change) => this.add(change));
    if (!news.length) return;
    this.changes = [...news, ...this.changes];
    for (const shot of this.changes.splice(shownChanges)) this.remove(shot);
    one("recent").prepend(...news.map(({ element }) => element));
    one("no-recent").hidden = true;
  }

  async loadNewest() {
    const { pictures, more, count } = await ask("saved", { count: shownSaved });
    one("saved-count").textContent = count ? counted(count, "picture") : "None yet.";
    const news = pictures.filter(({ name }) => !this.saved.has(name));
    if (!news.length) return;
    // There are others in between: the list begins anew.
    if (news.length === pictures.length) {
      for (const shot of this.saved.values()) this.remove(shot);
      this.saved.clear();
      one("saved-more").hidden = !more;
    }
    const added = news.map((picture) => [picture.name, this.add(picture)]);
    this.saved = new Map([...added, ...this.saved]);
    one("saved").prepend(...added.map(([, { element }]) => element));
  }

  async loadOlder() {
    const last = [...this.saved.keys()].at(-1);
    try {
      const { pictures, more } = await ask("saved", { before: last, count: 2 * shownSaved });
      for (const picture of pictures.filter(({ name }) => !this.saved.has(name))) {
        const shot = this.add(picture);
        this.saved.set(picture.name, shot);
        one("saved").append(shot.element);
      }
      one("saved-more").hidden = !more;
    } catch { /* As above. */ }
  }

  /** Changes of another run of the program are forgotten. */
  take({ uptime }) {
    if (uptime < this.uptime) {
      for (const shot of this.changes.splice(0)) this.remove(shot);
    }
    this.uptime = uptime;
    this.load();
  }
}

const recent = new Recent();
onStatus.push((status) => recent.take(status));
