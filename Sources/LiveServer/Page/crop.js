
// What part of a picture is looked at: shown to everybody, and drawn by those who may.

const wholePicture = { x: 0, y: 0, width: 1, height: 1 }, sides = Object.keys(wholePicture);
/** Pixels of the screen: how far a corner reaches, and what is too short to be drawn. */
const cornerReach = 22, shortestDrag = 8;

/** As the option has it; four digits are less than a pixel. */
const fourDigits = (value) => Math.round(value * 1e4) / 1e4;
const partText = (part) => sides.map((side) => fourDigits(part[side])).join(",");
const isWhole = (part) => partText(part) === partText(wholePicture);

/** A part from one corner to another, both inside the picture. */
function partBetween(one, other) {
  const [left, right] = [one.x, other.x].sort((a, b) => a - b).map(fourDigits);
  const [top, bottom] = [one.y, other.y].sort((a, b) => a - b).map(fourDigits);
  return { x: left, y: top, width: fourDigits(right - left), height: fourDigits(bottom - top) };
}

/** The part of a camera's picture, and how it is chosen. */
class Crop {
  constructor(camera) {
    this.camera = camera;
    this.view = camera.part(".view");
    this.frame = camera.part(".looked");
    this.tools = camera.part(".crop");
    new ResizeObserver(() => this.place()).observe(camera.image);
    if (this.tools) this.offer();
  }

  /** What the program says. */
  take({ crop, learnt }) {
    this.camera.crop = crop ?? wholePicture;
    this.learnt = learnt;
    this.draw();
    const differs = this.camera.part(".differs");
    differs.hidden = !learnt || partText(learnt) === partText(this.camera.crop);
    differs.textContent = differs.hidden ? "" : `The model learnt from the part ${partText(learnt)} of its photos, and looks at ${partText(this.camera.crop)} now.`;
    if (this.tools) this.drawTools();
  }

  /** Where the picture is: it may leave room beside it. */
  place() {
    const { image } = this.camera, ratio = image.naturalWidth / image.naturalHeight;
    this.view.hidden = !(image.offsetWidth && ratio);
    if (this.view.hidden) return;
    const width = Math.min(image.offsetWidth, image.offsetHeight * ratio), height = width / ratio;
    const { style } = this.view;
    style.left = `${image.offsetLeft + (image.offsetWidth - width) / 2}px`;
    style.top = `${image.offsetTop + (image.offsetHeight - height) / 2}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  draw() {
    const part = this.drawn ?? this.camera.crop;
    this.frame.hidden = isWhole(part) && !this.drawn;
    const { style } = this.frame;
    [style.left, style.top, style.width, style.height] = sides.map((side) => `${part[side] * 100}%`);
  }

  // For those who may choose

  offer() {
    const form = this.tools.querySelector("form");
    this.tools.addEventListener("toggle", () => this.view.classList.toggle("drawable", this.tools.open));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask(Object.fromEntries(sides.map((side) => [side, form.elements[side].valueAsNumber])));
    });
    this.tools.querySelector(".crop-whole").addEventListener("click", () => this.ask(wholePicture));
    this.tools.querySelector(".crop-learnt").addEventListener("click", () => this.ask(this.learnt));
    this.view.addEventListener("pointerdown", (event) => this.begin(event));
    this.view.addEventListener("pointermove", (event) => this.move(event));
    this.view.addEventListener("pointerup", (event) => this.finish(event));
    this.view.addEventListener("pointercancel", () => this.giveUp());
  }

  drawTools() {
    const { crop } = this.camera, form = this.tools.querySelector("form");
    this.tools.querySelector(".crop-name").textContent = isWhole(crop) ? "the whole picture" : `the part ${partText(crop)}`;
    // What somebody is typing stays.
    if (!form.contains(document.activeElement) || document.activeElement.tagName !== "INPUT") {
      for (const side of sides) form.elements[side].value = fourDigits(crop[side]);
    }
    this.tools.querySelector(".crop-learnt").hidden = !this.learnt;
    const name = cameras.size > 1 ? `${this.camera.name}=` : "";
    this.tools.querySelector(".crop-lasting").replaceChildren(...isWhole(crop)
      ? ["It holds until the program ends; for good without ", code("--crop"), "."]
      : ["It holds until the program ends; for good with ", code(`--crop ${quoted(name + partText(crop))}`), ", or ", code(`crop: ${partText(crop)}`), " in its file of settings."]);
  }

  async ask(part) {
    const said = this.tools.querySelector(".crop-said");
    try {
      said.textContent = "";
      const answer = await ask("crop", {}, { camera: this.camera.name, ...part }, "PUT");
      if (document.activeElement?.tagName === "INPUT") document.activeElement.blur();
      this.take(answer);
    } catch (error) {
      said.textContent = error.message;
      this.draw();
    }
  }

  /** Where a pointer is in the picture, in fractions. */
  point(event) {
    const box = this.view.getBoundingClientRect();
    const inside = (value) => Math.min(1, Math.max(0, value));
    return { x: inside((event.clientX - box.left) / box.width), y: inside((event.clientY - box.top) / box.height) };
  }

  begin(event) {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    this.view.setPointerCapture(event.pointerId);
    const at = this.point(event), part = this.camera.crop, box = this.view.getBoundingClientRect();
    const ends = [[part.x, part.x + part.width], [part.y, part.y + part.height]];
    const isNear = (x, y) => Math.hypot((at.x - x) * box.width, (at.y - y) * box.height) < cornerReach;
    this.start = { at, x: event.clientX, y: event.clientY };
    if (isWhole(part)) return;
    for (const column of [0, 1]) {
      for (const row of [0, 1]) {
        if (isNear(ends[0][column], ends[1][row])) this.start.at = { x: ends[0][1 - column], y: ends[1][1 - row] };
      }
    }
    const isInside = at.x > ends[0][0] && at.x < ends[0][1] && at.y > ends[1][0] && at.y < ends[1][1];
    if (this.start.at === at && isInside) this.start.part = part;
  }

  move(event) {
    if (!this.start || !event.isPrimary) return;
    const at = this.point(event), { part } = this.start;
    const moved = (side, length) => fourDigits(Math.min(1 - part[length], Math.max(0, part[side] + at[side] - this.start.at[side])));
    this.drawn = part ? { ...part, x: moved("x", "width"), y: moved("y", "height") } : partBetween(this.start.at, at);
    this.draw();
  }

  finish(event) {
    if (!this.start || !event.isPrimary) return;
    const { drawn, start: { x, y } } = this;
    const isDrawn = drawn && Math.hypot(event.clientX - x, event.clientY - y) >= shortestDrag;
    this.giveUp();
    if (isDrawn) this.ask(drawn);
  }

  giveUp() {
    this.start = undefined;
    this.drawn = undefined;
    this.draw();
  }
}

const crops = new Map();
onImage.push((camera) => crops.get(camera)?.place());
onStatus.push(({ sources }) => {
  for (const source of sources) {
    const camera = cameras.get(source.name);
    if (!crops.has(camera)) crops.set(camera, new Crop(camera));
    if (!crops.get(camera).start) crops.get(camera).take(source);
  }
});
