// node look.mjs one|two|away ADDRESS
// Opens the page in a headless Chromium, checks it as each case asks for, and writes screenshots into this folder.
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./browser.mjs";

const [scenario, address] = process.argv.slice(2);
const views = {
  one: [["wide", 1280, 900, "light"], ["phone", 390, 844, "light"], ["wide-dark", 1280, 900, "dark"], ["phone-dark", 390, 844, "dark"]],
  two: [["wide", 1280, 900, "light"], ["phone", 390, 844, "dark"]],
  away: [["wide", 1280, 900, "light"], ["phone", 390, 844, "light"]],
}[scenario];
const cameras = scenario === "one" ? 1 : 2;
let failures = 0;

function check(isRight, text) {
  console.log(`${isRight ? "ok      " : "FAILED  "} ${scenario}: ${text}`);
  if (!isRight) failures += 1;
}

const all = (selector, what) => `[...document.querySelectorAll("${selector}")].map((part) => ${what})`;
/** What each image shows, as a few numbers. */
const images = `(() => {
  const canvas = new OffscreenCanvas(16, 12), context = canvas.getContext("2d", { willReadFrequently: true });
  return ${all("img", `(context.drawImage(part, 0, 0, 16, 12), context.getImageData(0, 0, 16, 12).data.join())`)};
})()`;
const bars = all(".bar b", "part.style.transform");

async function checkLive(tab) {
  check(await tab.until(`document.querySelectorAll(".camera").length === ${cameras}`, 30), `${cameras} camera(s) on the page`);
  check(await tab.until(`${all(".camera img", "part.naturalWidth === 640")}.every(Boolean)`, 30), "images of 640 pixels have loaded");
  check(await tab.until(`document.querySelectorAll(".answer:not([hidden])").length === ${cameras}`, 30), "the answers are shown");
  const origins = await tab.value(all(".answer small", "part.textContent"));
  check(origins.every((origin) => ["learnt", "by name", "none of the labels"].includes(origin)), `and how they are known: ${origins.join(", ")}`);
  const labels = await tab.value(all("li .label", "part.textContent"));
  check(labels.length >= 5 * cameras && labels.every((label) => label !== ""), `${labels.length} labels, as ${labels[0]}`);
  const before = [await tab.value(bars), await tab.value(images)];
  check(await tab.until(`${bars}.join() !== ${JSON.stringify(before[0].join())}`, 20), "bars move");
  check(await tab.until(`(${images}).every((image, index) => image !== ${JSON.stringify(before[1])}[index])`, 20), "images move");
  check(await tab.until(`${all("svg .median", "part.getAttribute('d').length > 10")}.filter(Boolean).length === ${cameras}`, 30), "latency is drawn");
  check(await tab.value(`document.querySelector("#link").dataset.state === "live"`), "the connection is shown as live");
}

async function checkAway(tab) {
  const veils = await tab.until(`${all(".veil", "!part.hidden && part.textContent !== ''")}.some(Boolean)`, 60);
  check(await tab.until(`${all(".camera", "part.querySelectorAll('li').length >= 5")}.every(Boolean)`, 10), "both show the labels of their last result");
  check(veils, `the camera that has gone is covered: ${await tab.value(all(".veil", "part.textContent"))}`);
  check(await tab.until(`${all(".veil", "part.hidden")}.some(Boolean)`, 10), "the other one is not");
}

const browser = new Browser(address);
try {
  for (const [name, width, height, scheme] of views) {
    const tab = await browser.open(width, height, scheme);
    await (scenario === "away" ? checkAway(tab) : checkLive(tab));
    // A label is read best while the image rests; the chart wants some steps.
    await pause(name === "wide" ? 12000 : 2000);
    check(await tab.value(`document.documentElement.scrollWidth <= ${width}`), `nothing is wider than ${width} pixels`);
    // The fetch of an image of a camera that is away fails, and says so.
    const errors = scenario === "away" ? tab.errors.filter((text) => !text.includes("frame.jpg")) : tab.errors;
    check(errors.length === 0, `no errors on the console ${errors.join("; ")}`);
    check(tab.strangers.length === 0, `no requests to others ${tab.strangers.join(" ")}`);
    await tab.screenshot(`${scenario}-${name}`);
    await tab.close();
  }
} finally {
  await browser.end();
}
process.exit(failures ? 1 : 0);
