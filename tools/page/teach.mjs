// node teach.mjs FRAMES MMRL-RUN FOLDER [DEVICE]: see `teach`; with DEVICE the camera is that, which shows what the file FRAMES/shown
// names (vcam/teach).
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./browser.mjs";

const [frames, program, folder, device] = process.argv.slice(2);
const token = "correct-horse-battery";
const work = mkdtempSync(join(tmpdir(), "teach-")), photos = `${work}/photos`, kept = `${work}/kept`;
/** A label that would be seen if it were taken for HTML. */
const crane = "<b>Gerda<b>";
let failures = 0;

function check(isRight, text) {
  console.log(`${isRight ? "ok      " : "FAILED  "} ${text}`);
  if (!isRight) failures += 1;
}

// The camera: whatever is held up, ten frames a second.

let shown, step = 0;
function hold(thing) {
  shown = thing;
  if (!device) return;
  // Renamed into its place, so that it is never read half written.
  writeFileSync(`${frames}/shown.new`, `/${thing}/`);
  renameSync(`${frames}/shown.new`, `${frames}/shown`);
}
hold("empty");
const held = {};
for (const thing of ["avocado", "crowned_crane", "empty"]) {
  held[thing] = readdirSync(`${frames}/${thing}`).sort().map((name) => readFileSync(`${frames}/${thing}/${name}`));
}
const camera = createServer((_, answer) => {
  answer.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=frame" });
  const timer = setInterval(() => {
    const frame = held[shown][step++ % held[shown].length];
    answer.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${frame.length}\r\n\r\n`);
    answer.write(frame);
    answer.write("\r\n");
  }, 100);
  answer.on("close", () => clearInterval(timer));
});
await new Promise((resolve) => camera.listen(0, "127.0.0.1", resolve));
const source = device ?? `http://127.0.0.1:${camera.address().port}/`;

// The program.

async function start(more = ["--teach", photos]) {
  const run = spawn(program, [
    "--camera", source, "--serve", "127.0.0.1:0", "--hold", "3", "--format", "jsonl",
    "--save", kept, "--save-when", "change", "--save-when", "every=1s", "--pre-roll", "1s", ...more,
  ], { env: { ...process.env, MMRL_TOKEN: token }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  run.stderr.setEncoding("utf8").on("data", (text) => { said += text; });
  for (let count = 0; count < 600 && !said.includes("serving at"); count++) await pause(100);
  const [, address] = said.match(/serving at (http:\/\/[^ ?\n]+)/) ?? [];
  if (!address) throw new Error(`it does not serve: ${said}`);
  return { run, address, stop: () => new Promise((resolve) => { run.once("exit", resolve); run.kill(); }) };
}

// What a person does.

const text = (selector) => `document.querySelector(${JSON.stringify(selector)}).textContent`;
const click = (tab, selector) => tab.value(`document.querySelector(${JSON.stringify(selector)}).click()`);

async function take(tab, thing, label) {
  hold(thing);
  await pause(500);
  await tab.value(`document.querySelector("#take-label").value = ${JSON.stringify(label)}`);
  await click(tab, "#take-start");
  check(await tab.until(`!document.querySelector("#take-stop").hidden`, 10), `pictures of ${label} are being taken`);
  check(await tab.until(`/^\\d+ of 20/.test(${text("#taken-text")})`, 10), `the counter runs: ${await tab.value(text("#taken-text"))}`);
  check(await tab.until(`${text("#taken-text")}.startsWith(${JSON.stringify(`${label}: 20 pictures taken`)})`, 60), await tab.value(text("#taken-text")));
  check(readdirSync(`${photos}/${label}`).length === 20, `20 photos lie in ${label}`);
}

async function answers(tab, thing, label, seconds = 20) {
  hold(thing);
  check(await tab.until(`${text(".answer")}.startsWith(${JSON.stringify(label)})`, seconds), `${thing} is answered by: ${await tab.value(text(".answer"))}`);
  check(await tab.value(text("#now")) === label, `beside "Teach", too: ${await tab.value(text("#now"))}`);
}

// What part is looked at: drawn, moved, typed.

/** The part as the page says it, once that is so. */
async function says(tab, part, what) {
  const isSo = await tab.until(`${text(".crop-name")} === ${JSON.stringify(part === "whole" ? "the whole picture" : `the part ${part}`)}`, 10);
  check(isSo, `${what}: ${await tab.value(text(".crop-name"))}${isSo ? "" : `, not ${part}; ${await tab.value(text(".crop-said"))}`}`);
}

/** The numbers beside the picture, to a hundredth: the mouse knows whole pixels only. */
const drawn = `["x", "y", "width", "height"].map((side) => document.querySelector(".crop form").elements[side].valueAsNumber.toFixed(2)).join()`;
async function draws(tab, from, to, isByFinger, expected, what) {
  await tab.drag(".view", from, to, isByFinger);
  const isSo = await tab.until(`(${drawn}).split(",").every((side, index) => Math.abs(side - ${JSON.stringify(expected)}.split(",")[index]) < 0.015)`, 10);
  check(isSo, `${what}: ${await tab.value(drawn)}`);
}

async function chooseParts() {
  const [wide, phone] = [await browser.open(1280, 900, "light", query), await browser.open(390, 844, "dark", query)];
  for (const tab of [wide, phone]) {
    await tab.front();
    await tab.until(`document.querySelector(".camera img")?.naturalWidth === 640 && document.querySelector(".crop") !== null`, 30);
    await says(tab, "whole", "first");
    check(await tab.value(`document.querySelector(".looked").hidden`), "nothing is dimmed");
    await tab.drag(".camera img", [0.2, 0.2], [0.6, 0.6], tab === phone);
    await says(tab, "whole", "who looks draws nothing");
    await click(tab, ".crop summary");
    await tab.until(`document.querySelector(".view.drawable") !== null`, 5);
  }
  // With the mouse; all see it.
  await wide.front();
  await draws(wide, [0.1, 0.2], [0.6, 0.8], false, "0.10,0.20,0.50,0.60", "drawn with the mouse");
  const dimmed = `!document.querySelector(".looked").hidden && Math.round(parseFloat(document.querySelector(".looked").style.left)) === 10`;
  check(await phone.until(dimmed, 10), "the other client sees it");
  check(await wide.value(`/--crop 0\\.[01]\\d*,0\\.\\d+,0\\.\\d+,0\\.\\d+/.test(${text(".crop-lasting")})`), await wide.value(text(".crop-lasting")));
  check(await wide.value(`document.querySelector("#preview").width / document.querySelector("#preview").height < 1.2`), "the preview shows the part alone");
  await draws(wide, [0.3, 0.5], [0.5, 0.45], false, "0.30,0.15,0.50,0.60", "moved");
  await draws(wide, [0.8, 0.75], [0.7, 0.65], false, "0.30,0.15,0.40,0.50", "a corner moved");
  await draws(wide, [0.5, 0.4], [0.9, 0.95], false, "0.60,0.50,0.40,0.50", "moved as far as the picture goes");
  const moved = await wide.value(drawn);
  await wide.drag(".view", [0.1, 0.1], [0.1, 0.1], false);
  await pause(500);
  check(await wide.value(drawn) === moved, "a click draws nothing");
  // By the keyboard.
  const type = (tab, part) => tab.value(`${JSON.stringify(part)}.forEach((value, index) => { document.querySelector(".crop form").elements[index].value = value; }), document.querySelector(".crop form button").click()`);
  await type(wide, [0.7, 0, 0.5, 1]);
  check(await wide.until(`${text(".crop-said")}.includes("no part of the picture")`, 10), `refused: ${await wide.value(text(".crop-said"))}`);
  await type(wide, [0.25, 0.125, 0.5, 0.75]);
  await says(wide, "0.25,0.125,0.5,0.75", "typed");
  check(await wide.value(text(".crop-said")) === "", "nothing is refused any more");
  // Photos are what is looked at.
  await take(wide, "avocado", "part");
  await wide.value(`[...document.querySelectorAll("#labels details")].find((label) => label.querySelector(".label").textContent === "part").open = true`);
  check(await wide.until(`[...document.querySelectorAll("#labels details[open] img")].filter((image) => image.naturalWidth === 320 && image.naturalHeight === 360).length >= 4`, 20), "photos show the part alone");
  // Before they go: a picture that is gone while it is fetched is an error to the browser.
  await wide.value(`document.querySelectorAll("#labels details[open] img").forEach((image) => { image.loading = "eager"; })`);
  check(await wide.until(`[...document.querySelectorAll("#labels details[open] img")].every((image) => image.naturalWidth === 320)`, 60), "all of them have loaded");
  await click(wide, "#undo");
  // By a finger.
  await phone.front();
  await says(phone, "0.25,0.125,0.5,0.75", "the phone follows");
  await click(phone, ".crop-whole");
  await says(phone, "whole", "reset");
  await draws(phone, [0.2, 0.9], [0.7, 0.3], true, "0.20,0.30,0.50,0.60", "drawn by a finger");
  await draws(phone, [0.4, 0.6], [0.5, 0.6], true, "0.30,0.30,0.50,0.60", "moved by a finger");
  check((await wide.until(`${text(".crop-name")} === ${JSON.stringify(await phone.value(text(".crop-name")))}`, 10)), "the wide page follows");
  for (const tab of [wide, phone]) {
    // A refused request is an error to the browser.
    const errors = tab.errors.filter((text) => !text.includes("/crop"));
    check(errors.length === 0, `no errors on the console ${errors.join("; ")}`);
    await tab.close();
  }
  for (const [name, width, height, scheme] of views) {
    const view = await browser.open(width, height, scheme, query);
    await view.until(`document.querySelector(".camera img")?.naturalWidth === 640 && !document.querySelector(".looked").hidden`, 30);
    await view.screenshot(`${folder}/part-${name}`, false);
    await click(view, ".crop summary");
    await pause(1000);
    check(await view.value(`document.documentElement.scrollWidth <= ${width}`), `part-${name}: nothing is wider than ${width} pixels`);
    const small = await view.value(`[...document.querySelectorAll(".crop button, .crop input, .crop summary")]
      .filter((part) => part.offsetHeight > 0 && part.offsetHeight < 40).map((part) => part.outerHTML)`);
    check(small.length === 0, `part-${name}: what is tapped is large enough ${small.join(" ")}`);
    await view.screenshot(`${folder}/part-${name}-tools`, false);
    if (name === views.at(-1)[0]) {
      await click(view, ".crop-whole");
      await says(view, "whole", "reset");
    }
    await view.close();
  }
}

const views = [["wide", 1280, 900, "light"], ["phone", 390, 844, "light"], ["wide-dark", 1280, 900, "dark"], ["phone-dark", 390, 844, "dark"]];
const query = `?token=${token}`;
mkdirSync(folder, { recursive: true });
let server = await start();
let browser = new Browser(server.address);
try {
  let tab = await browser.open(1280, 900, "light", query);
  check(await tab.until(`document.querySelector(".answer:not([hidden])") !== null`, 60), "there is an answer");
  hold("avocado");
  await pause(2500);
  const before = await tab.value(text(".answer"));
  check(!before.startsWith("snack"), `before: ${before}`);
  await take(tab, "avocado", "snack");
  await take(tab, "crowned_crane", crane);
  await click(tab, "#learn");
  check(await tab.until(`${text("#lesson")}.startsWith("Learnt 40 photos")`, 120), await tab.value(text("#lesson")));
  await answers(tab, "avocado", "snack");
  await answers(tab, "crowned_crane", crane);
  check(await tab.value(`document.querySelector(".part b b") === null`), "a label is text, not HTML");
  check(await tab.value(`!document.querySelector("#train").hidden && ${text("#train")}.includes("--train")`), "the page says how to train");
  check(await tab.value(`${text("#keep")}.includes("taught.mmrl")`), "and where the taught model is");

  // Pictures: seen, deleted, brought back.
  await click(tab, "#labels summary");
  check(await tab.until(`[...document.querySelectorAll("#labels details[open] img")].filter((image) => image.naturalWidth === 640).length >= 4`, 20), "photos are shown");
  await click(tab, "#labels details[open] .photo button");
  check(await tab.until(`document.querySelectorAll("#labels details[open] .photo").length === 19`, 10), "one is deleted");
  await click(tab, "#undo");
  check(await tab.until(`document.querySelectorAll("#labels details[open] .photo").length === 20`, 10), "and back");

  // A wrong answer: one tap.
  check(await tab.until(`document.querySelectorAll("#recent .shot").length >= 3`, 20), "recent answers are listed");
  const chips = `[...document.querySelectorAll("#recent .chips button")]`;
  check(await tab.until(`${chips}.some((chip) => chip.textContent === "snack")`, 10), "they offer the labels");
  await tab.value(`${chips}.find((chip) => chip.textContent === "snack").click()`);
  check(await tab.until(`[...document.querySelectorAll("#recent .note")].some((note) => note.textContent.startsWith("Kept as snack"))`, 10), "one tap keeps a picture as snack");
  check(readdirSync(`${photos}/snack`).length === 21, "it lies in its folder");
  await click(tab, "#undo");
  check(await tab.until(`!${text("#undo")}.includes("1 photo")`, 10), "undone");

  // Pictures that are kept: several at once, as one change.
  const ticks = `[...document.querySelectorAll("#saved .tick input")]`;
  check(await tab.until(`${ticks}.length >= 12`, 20), "kept pictures are listed");
  check(await tab.value(`${text("#saved-count")}.endsWith("pictures")`), `counted: ${await tab.value(text("#saved-count"))}`);
  check(await tab.value(`document.querySelector("#sort-start").disabled`), "nothing is ticked, nothing can be sorted");
  await tab.value(`${ticks}.slice(3, 6).forEach((tick) => tick.click())`);
  check(await tab.value(`${text("#sort-start")} === "Sort 3 pictures"`), "three are ticked");
  await tab.value(`document.querySelector("#sort-label").value = "snack"`);
  await click(tab, "#sort-start");
  check(await tab.until(`${text("#chosen")}.startsWith("3 pictures kept as snack")`, 10), await tab.value(text("#chosen")));
  check(readdirSync(`${photos}/snack`).length === 23, "they lie in its folder");
  check(await tab.value(`${text("#sort-undo")}.includes("3 photos")`), await tab.value(text("#sort-undo")));
  await click(tab, "#sort-undo");
  check(await tab.until(`${text("#chosen")} === "undone"`, 10) && readdirSync(`${photos}/snack`).length === 20, "one undo takes all three back");
  check(await tab.value(`document.querySelectorAll("#saved .tick input:disabled").length === 0`), "they can be sorted again");
  await click(tab, "#choose-all");
  check(await tab.value(`${text("#sort-start")}.match(/\\d+/)[0] === String(document.querySelectorAll(".shot .tick input").length)`), `all are ticked: ${await tab.value(text("#sort-start"))}`);
  await click(tab, "#choose-all");
  await tab.value(`document.querySelector("#saved .chips button").click()`);
  check(await tab.until(`${text("#chosen")}.startsWith("1 picture kept as")`, 10), `one tap: ${await tab.value(text("#chosen"))}`);
  await click(tab, "#undo");
  check(await tab.until(`${text("#chosen")} === "undone"`, 10), "undone");
  const shots = await tab.value(`document.querySelectorAll("#saved .shot").length`);
  await click(tab, "#saved-more");
  check(await tab.until(`document.querySelectorAll("#saved .shot").length > ${shots}`, 10), "older ones are shown");

  // The empty scene.
  hold("empty");
  await tab.value(`document.querySelector("#take-label").value = "none"`);
  await click(tab, "#take-start");
  check(await tab.until(`document.querySelector("#taken-text").textContent.startsWith("1 of 20")`, 10), "of a still scene one picture is taken");
  await click(tab, "#take-stop");
  check(await tab.until(`${text("#taken-text")}.includes("stopped")`, 10), "until it is stopped");

  // A photo that is on its way would be missed under the new name.
  await tab.value(`document.querySelectorAll("#labels img").forEach((image) => { image.loading = "eager"; })`);
  await tab.until(`[...document.querySelectorAll("#labels img")].every((image) => image.naturalWidth > 0)`, 10);
  // Renamed and removed, by the keyboard alone where that is easy to get wrong.
  const rename = `[...document.querySelectorAll("#labels details")].find((label) => label.querySelector(".label").textContent === ${JSON.stringify(crane)})`;
  await tab.value(`${rename}.open = true, ${rename}.querySelector(".rename input").value = "crane", ${rename}.querySelector(".rename button").click()`);
  check(await tab.until(`[...document.querySelectorAll("#labels .label")].some((label) => label.textContent === "crane")`, 10), "renamed");
  check(await tab.value(`${text("#learn")}.includes("changed")`), "the page says that this is yet to be learnt");
  await click(tab, "#learn");
  check(await tab.until(`${text("#lesson")}.includes("crane") && !${text("#lesson")}.includes("Gerda")`, 60), "learnt again");
  await answers(tab, "crowned_crane", "crane");
  check(await tab.value(`!document.querySelector("#preview").hidden`), "the camera is seen beside the button");
  const unnamed = await tab.value(`[...document.querySelectorAll(".part input, .part select, .part button, .part img")]
    .filter((part) => !part.hidden && !part.labels?.length && !part.getAttribute("aria-label") && !part.textContent.trim() && !part.alt).map((part) => part.outerHTML)`);
  check(unnamed.length === 0, `all that can be used has a name ${unnamed.join(" ")}`);
  check(tab.errors.length === 0, `no errors on the console ${tab.errors.join("; ")}`);
  check(tab.strangers.length === 0, `no requests to others ${tab.strangers.join(" ")}`);
  await tab.close();

  for (const [name, width, height, scheme] of views) {
    const view = await browser.open(width, height, scheme, query);
    check(await view.until(`document.querySelectorAll("#labels details").length === 3 && document.querySelectorAll("#recent .shot").length >= 3`, 30), `${name}: labels and recent answers are shown`);
    await click(view, "#labels details:last-child summary");
    await view.until(`document.querySelectorAll("#labels details[open] img").length >= 20`, 20);
    // Those below the window, too.
    await view.value(`document.querySelectorAll(".part img").forEach((image) => { image.loading = "eager"; })`);
    await pause(2000);
    check(await view.value(`[...document.querySelectorAll("#recent img, details[open] img")].every((image) => image.naturalWidth === 640)`), `${name}: all pictures have loaded`);
    check(await view.value(`document.documentElement.scrollWidth <= ${width}`), `${name}: nothing is wider than ${width} pixels`);
    check(await view.value(`[...document.querySelectorAll(".part")].every((part) => part.scrollWidth <= part.clientWidth)`), `${name}: nothing leaves its card`);
    const small = await view.value(`[...document.querySelectorAll(".part button, .part input:not([type=checkbox]), .part summary, .part .tick")]
      .filter((part) => part.offsetHeight > 0 && part.offsetHeight < 40).map((part) => part.outerHTML)`);
    check(small.length === 0, `${name}: what is tapped is large enough ${small.join(" ")}`);
    await view.screenshot(`${folder}/${name}`);
    // Chromium paints no pictures that were never in its window.
    await view.value(`document.querySelector("#labels").scrollIntoView()`);
    await pause(500);
    await view.screenshot(`${folder}/${name}-photos`, false);
    await view.value(`document.querySelector("#recent").scrollIntoView()`);
    await pause(500);
    await view.screenshot(`${folder}/${name}-recent`, false);
    await view.value(`[...document.querySelectorAll("#saved .tick input")].slice(0, 2).forEach((tick) => tick.click())`);
    await view.value(`document.querySelector("#saved").scrollIntoView()`);
    await pause(500);
    await view.screenshot(`${folder}/${name}-kept`, false);
    // While pictures are taken.
    if (name === "phone") {
      await view.value(`document.querySelector("#take-label").value = "snack"`);
      await click(view, "#take-start");
      await view.until(`/^[3-9] of/.test(${text("#taken-text")})`, 20);
      await view.value(`document.querySelector("#teach").scrollIntoView()`);
      await view.screenshot(`${folder}/taking-${name}`, false);
      await click(view, "#take-stop");
      await pause(500);
      await click(view, "#undo");
    }
    check(view.errors.length === 0, `${name}: no errors on the console ${view.errors.join("; ")}`);
    await view.close();
  }

  await chooseParts();

  // Once more, from the first answer on.
  await browser.end();
  await server.stop();
  hold("crowned_crane");
  server = await start();
  browser = new Browser(server.address);
  tab = await browser.open(390, 844, "light", query);
  check(await tab.until(`document.querySelector(".answer")?.textContent.startsWith("crane")`, 30), `after a restart: ${await tab.value(text(".answer"))}`);
  await answers(tab, "avocado", "snack");
  await tab.close();

  // Without teaching the lists are there all the same, over restarts.
  await browser.end();
  await server.stop();
  server = await start([]);
  browser = new Browser(server.address);
  for (const [name, width, height, scheme] of views.slice(1, 3)) {
    const view = await browser.open(width, height, scheme, query);
    check(await view.until(`document.querySelectorAll("#recent .shot").length >= 8 && document.querySelectorAll("#saved .shot").length >= 12`, 30), `${name}: without teaching, after a restart, both lists are there`);
    check(await view.value(`[...document.querySelectorAll(".shot form, .shot .tick, .shot .wrong, #sort")].every((part) => part.hidden)`), `${name}: and nothing to sort them`);
    await view.value(`document.querySelectorAll(".part img").forEach((image) => { image.loading = "eager"; })`);
    check(await view.until(`[...document.querySelectorAll("#recent img, #saved img")].every((image) => image.naturalWidth === 640)`, 20), `${name}: all pictures have loaded`);
    check(await view.value(`document.documentElement.scrollWidth <= ${width}`), `${name}: nothing is wider than ${width} pixels`);
    await view.value(`document.querySelector("#pictures").scrollIntoView()`);
    await pause(500);
    await view.screenshot(`${folder}/lists-${name}`, false);
    check(view.errors.length === 0, `${name}: no errors on the console ${view.errors.join("; ")}`);
    await view.close();
  }
} finally {
  await browser.end();
  await server.stop();
  camera.close();
  camera.closeAllConnections();
  rmSync(work, { recursive: true });
}
process.exit(failures ? 1 : 0);
