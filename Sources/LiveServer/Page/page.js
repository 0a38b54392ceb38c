"use strict";

// One stream of events tells everything; images are fetched one after another, as fast as they are shown.
const token = new URLSearchParams(location.search).get("token");
const address = (path, values = {}) => {
  const query = new URLSearchParams(values);
  if (token) query.set("token", token);
  return query.size ? `${path}?${query}` : path;
};
const one = (id) => document.getElementById(id);
const copy = (id) => one(id).content.firstElementChild.cloneNode(true);
const milliseconds = (value) => (value < 9.95 ? value.toFixed(1) : Math.round(value)) + " ms";
const recentTime = 5000;

/** A camera's card. */
class Camera {
  constructor(name) {
    this.name = name;
    this.card = copy("camera");
    this.part = (selector) => this.card.querySelector(selector);
    this.part(".name").textContent = name;
    this.image = this.part("img");
    this.image.alt = `What ${name} shows`;
    this.recent = [];
    this.followImage();
    this.followPointer();
  }

  // Images

  followImage() {
    const next = (pause) => setTimeout(() => this.loadImage(), pause);
    this.image.addEventListener("load", () => {
      this.image.hidden = false;
      for (const act of onImage) act(this);
      // Not faster than results come, but now and then on a still scene too.
      next(60);
    });
    this.image.addEventListener("error", () => next(1000));
    this.loadImage();
  }

  loadImage() {
    if (document.hidden) {
      document.addEventListener("visibilitychange", () => this.loadImage(), { once: true });
      return;
    }
    const isNew = this.shown !== this.sequence || performance.now() - this.asked > 1000;
    if (this.asked !== undefined && !isNew) {
      setTimeout(() => this.loadImage(), 30);
      return;
    }
    this.shown = this.sequence;
    this.asked = performance.now();
    this.image.src = address("frame.jpg", { camera: this.name, n: Math.round(this.asked) });
  }

  // Results

  /** Takes a record; it is drawn with the next frame of the screen. */
  take(record) {
    this.sequence = record.sequence;
    const now = performance.now();
    this.recent.push({ time: now, age: record.age_ms });
    if (!this.record) requestAnimationFrame(() => this.draw());
    this.record = record;
  }

  draw() {
    const record = this.record;
    this.record = undefined;
    this.part(".clock").textContent = new Date(record.time).toLocaleTimeString();
    this.part(".none")?.remove();
    this.drawLabels(record.labels);
    this.drawRate();
  }

  /** The answer by the decision over time, which a single result may differ from. */
  drawAnswer() {
    const answer = this.part(".answer");
    answer.hidden = this.standing === undefined;
    if (this.standing === undefined) return;
    const { label, set } = this.standing;
    answer.dataset.set = set;
    const origins = { known: "learnt", novel: "by name", unknown: "none of the labels" };
    answer.replaceChildren(label, small(origins[set]));
  }

  drawLabels(labels) {
    const list = this.part(".labels ol");
    while (list.children.length < labels.length) list.append(copy("label"));
    while (list.children.length > labels.length) list.lastChild.remove();
    labels.forEach((label, index) => {
      const row = list.children[index];
      row.dataset.set = label.set;
      row.querySelector(".label").textContent = label.label;
      row.querySelector(".score").textContent = `${Math.round(label.score * 100)} %`;
      row.querySelector("b").style.transform = `scaleX(${label.score})`;
    });
  }

  drawRate() {
    const now = performance.now();
    this.recent = this.recent.filter((result) => now - result.time < recentTime);
    const count = this.recent.length;
    if (count === 0) {
      for (const name of [".rate", ".age"]) this.part(name).textContent = "–";
      return;
    }
    const span = Math.max(1000, now - this.recent[0].time);
    this.part(".rate").replaceChildren((count * 1000 / span).toFixed(1), small("a second"));
    const ages = this.recent.map((result) => result.age).sort((a, b) => a - b);
    const high = ages[Math.min(count - 1, Math.floor(count * 0.99))];
    this.part(".age").replaceChildren(
      milliseconds(ages[Math.floor(count / 2)]), small(`median; 99 % within ${milliseconds(high)}`));
  }

  // Status

  update(source, timeout) {
    this.standing = source.answer;
    this.drawAnswer();
    const history = source.history;
    const sum = (values) => values.reduce((total, value) => total + value, 0);
    const dropped = sum(history.dropped), all = dropped + sum(history.classified);
    const share = all ? 100 * dropped / all : 0;
    this.part(".dropped").replaceChildren(
      `${share.toFixed(share && share < 9.95 ? 1 : 0)} %`, small(`of the last 5 min, ${source.dropped} in all`));
    const faults = Object.entries(source.faults);
    if (source.reconnects) faults.push(["opened again", source.reconnects]);
    this.part(".faults").replaceChildren(
      `${sum(Object.values(source.faults))}`, small(faults.map(([kind, count]) => `${kind} ${count}`).join(", ")));
    this.part(".detail").textContent = source.state === "away" ? "" : source.detail;
    const trouble = this.part(".trouble");
    trouble.hidden = !source.lastFault;
    trouble.textContent = source.lastFault ? `Last fault: ${this.plain(source.lastFault)}` : "";
    this.cover(this.complaint(source, timeout));
    this.history = history;
    this.drawChart();
    this.drawRate();
  }

  complaint(source, timeout) {
    if (source.state === "away") return `Away: ${this.plain(source.detail)}. Trying again.`;
    if (source.state === "ended") return "The stream has ended.";
    if (source.silence === undefined) return "No image yet.";
    return source.silence > timeout ? `Nothing for ${Math.round(source.silence)} s.` : "";
  }

  /** What is said of this camera, without its name. */
  plain(text) { return text.startsWith(`${this.name}: `) ? text.slice(this.name.length + 2) : text; }

  cover(text) {
    const veil = this.part(".veil");
    veil.hidden = !text;
    veil.textContent = text;
  }

  // The chart: 600 x 150 units, latency in the upper 105, drops in the lower 35.

  drawChart() {
    const { median, high, dropped, length } = this.history;
    const step = 600 / length, start = length - median.length;
    const top = niceLimit(Math.max(1, ...high, ...median));
    const most = Math.max(10, ...dropped);
    const line = (values) => {
      let path = "", isOpen = false;
      values.forEach((value, index) => {
        if (value !== null) {
          const x = (start + index + 0.5) * step, y = 105 - value / top * 100;
          path += isOpen ? `L${x} ${y}` : `M${x} ${y}h0`;
        }
        isOpen = value !== null;
      });
      return path;
    };
    let bars = "";
    dropped.forEach((count, index) => {
      const height = count ? Math.max(2, count / most * 35) : 0;
      if (height) bars += `M${(start + index + 0.2) * step} 150v${-height}h${step * 0.6}v${height}z`;
    });
    const parts = { grid: "M0 5H600M0 55H600M0 105H600M0 150H600", high: line(high), median: line(median), drops: bars };
    const chart = this.part("svg");
    for (const [name, path] of Object.entries(parts)) {
      let shape = chart.querySelector(`.${name}`);
      if (!shape) {
        shape = document.createElementNS(chart.namespaceURI, "path");
        shape.setAttribute("class", name);
        chart.append(shape);
      }
      shape.setAttribute("d", path);
    }
    this.part(".latency").textContent = `${top} ms`;
    this.part(".losses").textContent = `${most} in ${this.history.step} s`;
  }

  followPointer() {
    const chart = this.part("svg"), output = this.part("output");
    chart.addEventListener("pointermove", (event) => {
      if (!this.history) return;
      const { median, high, dropped, length, step } = this.history;
      const box = chart.getBoundingClientRect();
      const index = Math.floor((event.clientX - box.left) / box.width * length) - (length - median.length);
      if (!(index in median)) return;
      const value = (number) => (number === null ? "–" : milliseconds(number));
      output.textContent = `${(median.length - index) * step} s ago: ${value(median[index])}, ${value(high[index])}, ${dropped[index]} dropped`;
    });
    chart.addEventListener("pointerleave", () => { output.textContent = ""; });
  }
}

function small(text) {
  const element = document.createElement("small");
  element.textContent = text;
  return element;
}

function code(text) {
  const element = document.createElement("code");
  element.textContent = text;
  return element;
}

/** As one word for a shell. */
function quoted(text) { return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`; }

/** The first of 1, 2, 3, 5, 10, 20 ... that is not below a value. */
function niceLimit(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 5, 10].map((factor) => factor * power).find((limit) => limit >= value);
}

const cameras = new Map();

function setLink(state, text) {
  one("link").dataset.state = state;
  one("link").textContent = text;
}

function updateAll(status) {
  setLink("live", "connected");
  const replaced = status.replacements > 0 ? ` (replaced: ${status.replacements})` : "";
  one("model").textContent = status.model + replaced;
  document.title = `${status.model} – mmrl`;
  const hours = status.uptime / 3600;
  const uptime = hours < 1 ? `${Math.round(status.uptime / 60)} min` : hours < 48 ? `${hours.toFixed(1)} h` : `${Math.round(hours / 24)} days`;
  one("footer").textContent = `${status.version}, up for ${uptime}`;
  for (const source of status.sources) {
    if (!cameras.has(source.name)) {
      const camera = new Camera(source.name);
      cameras.set(source.name, camera);
      one("cameras").append(camera.card);
    }
    cameras.get(source.name).update(source, status.timeout);
  }
  one("cameras").classList.toggle("wide", cameras.size === 1);
  for (const act of onStatus) act(status);
}

/** What else is done when a status has come, or a camera's image. */
const onStatus = [], onImage = [];

function connect() {
  const events = new EventSource(address("events"));
  events.addEventListener("status", (event) => updateAll(JSON.parse(event.data)));
  events.addEventListener("message", (event) => {
    const record = JSON.parse(event.data);
    const camera = cameras.get(record.source);
    camera?.take(record);
    camera?.cover("");
  });
  events.addEventListener("error", () => {
    setLink("lost", "connection lost");
    for (const camera of cameras.values()) camera.cover("No connection to the program.");
    // The browser tries again by itself, unless the server has refused.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  });
}
connect();
