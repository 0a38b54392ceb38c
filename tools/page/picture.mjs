// node picture.mjs MMRL-RUN MODEL FOLDER: see `picture`
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Browser } from "./browser.mjs";

const [program, model, folder] = process.argv.slice(2);

// Things on a table, 640 x 480.

const mugBody = "M210 150 L225 385 Q230 410 318 410 Q405 410 412 385 L427 150 Z";
const apple = "M320 190 C260 140 170 180 180 280 C190 370 260 425 320 405 C380 425 450 370 460 280 C470 180 380 140 320 190 Z";
const canopy =
  "M320 70 C180 70 90 170 80 265 C110 235 150 235 180 265 C200 235 250 232 275 265 C295 235 345 235 365 265 " +
  "C390 232 440 235 460 265 C490 235 530 235 560 265 C550 170 460 70 320 70 Z";
const things = {
  mug: `<path d="M410 190 c90 -10 100 140 -5 150" fill="none" stroke="#b3262b" stroke-width="30"/>
    <path d="${mugBody}" fill="#c42b30"/><path d="${mugBody}" fill="url(#round)"/>
    <ellipse cx="318" cy="150" rx="109" ry="26" fill="#d8484c"/><ellipse cx="318" cy="152" rx="97" ry="20" fill="#3a2014"/>`,
  umbrella: `<path d="${canopy}" fill="#2c5d9c"/><path d="${canopy}" fill="url(#ball)" opacity=".6"/>
    <path d="M320 72 C250 110 200 190 180 265 M320 72 C290 120 278 190 275 265 M320 72 C350 120 362 190 365 265 M320 72 C390 110 440 190 460 265"
      stroke="#1d3f6d" stroke-width="3" fill="none"/>
    <path d="M320 70 V50" stroke="#333" stroke-width="8"/>
    <path d="M320 250 V400 C320 440 265 440 265 402" stroke="#3b2a1c" stroke-width="11" fill="none"/>`,
  banana: `<path d="M130 230 C150 380 330 450 500 350 C520 335 530 310 520 300 C400 350 250 320 175 215 C165 200 128 205 130 230 Z" fill="#f0c92b"/>
    <path d="M150 240 C200 370 350 410 505 330" fill="none" stroke="#c79a18" stroke-width="6"/>
    <path d="M130 230 C125 200 135 190 150 185 L175 215 Z M500 350 C520 335 530 310 520 300 L535 305 L520 350 Z" fill="#5f4f1d"/>`,
  apple: `<path d="${apple}" fill="#c8202a"/><path d="${apple}" fill="url(#ball)"/>
    <path d="M320 195 C318 160 330 130 345 115" fill="none" stroke="#4c3019" stroke-width="12" stroke-linecap="round"/>
    <path d="M338 150 C370 100 430 110 440 130 C420 165 370 170 338 150 Z" fill="#4f8a35"/>`,
};

const onTable = (thing) => `<style>body { margin: 0 }</style>
  <svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><defs>
    <linearGradient id="wall" x2="0" y2="1"><stop stop-color="#d9d4c7"/><stop offset="1" stop-color="#c4bda9"/></linearGradient>
    <linearGradient id="table" x2="0" y2="1"><stop stop-color="#9a7350"/><stop offset="1" stop-color="#7a5636"/></linearGradient>
    <linearGradient id="round"><stop stop-opacity=".35"/><stop offset=".3" stop-color="#fff" stop-opacity=".35"/><stop offset="1" stop-opacity=".4"/></linearGradient>
    <radialGradient id="ball" cx=".35" cy=".3" r=".8"><stop stop-color="#fff" stop-opacity=".55"/><stop offset=".4" stop-color="#fff" stop-opacity="0"/>
      <stop offset="1" stop-opacity=".5"/></radialGradient>
    <filter id="soft"><feGaussianBlur stdDeviation="9"/></filter></defs>
  <rect width="640" height="480" fill="url(#wall)"/><rect y="330" width="640" height="150" fill="url(#table)"/>
  <ellipse cx="325" cy="408" rx="180" ry="22" opacity=".4" filter="url(#soft)"/>${thing}</svg>`;

/** A JPEG of each thing. */
async function frames() {
  const browser = new Browser("data:text/html;charset=utf-8,");
  const drawn = {};
  for (const [name, thing] of Object.entries(things)) {
    const tab = await browser.open(640, 480, "light", encodeURIComponent(onTable(thing)));
    await tab.until(`document.querySelector("svg") !== null`, 10);
    const { data } = await tab.send("Page.captureScreenshot", { format: "jpeg", quality: 85 });
    drawn[name] = Buffer.from(data, "base64");
  }
  await browser.end();
  return drawn;
}

const drawn = await frames();
let shown = "apple";
const camera = createServer((_, answer) => {
  answer.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=frame" });
  const timer = setInterval(() => {
    answer.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${drawn[shown].length}\r\n\r\n`);
    answer.write(drawn[shown]);
    answer.write("\r\n");
  }, 100);
  answer.on("close", () => clearInterval(timer));
});
await new Promise((resolve) => camera.listen(0, "127.0.0.1", resolve));

const labels = [...Object.keys(things), "scissors", "hammer", "cat", "chair"];
writeFileSync(`${folder}/desk.yaml`, `cameras:\n  - source: http://127.0.0.1:${camera.address().port}/\n    name: desk\n`);
const run = spawn(program, [
  "--config", `${folder}/desk.yaml`, "--model", model, "--serve", "127.0.0.1:0", "--hold", "3",
  ...labels.flatMap((label) => ["--label", label]),
], { stdio: ["ignore", "ignore", "pipe"] });
let said = "";
run.stderr.setEncoding("utf8").on("data", (text) => { said += text; });
for (let count = 0; count < 600 && !said.includes("serving at"); count++) await pause(100);
const [, address] = said.match(/serving at (http:\/\/[^ ?\n]+)/) ?? [];
if (!address) throw new Error(`it does not serve: ${said}`);

const browser = new Browser(address);
try {
  const tab = await browser.open(1280, 1160, "light");
  for (const thing of ["apple", "banana", "umbrella", "mug"]) {
    shown = thing;
    const isAnswer = `(document.querySelector(".answer")?.textContent ?? "").startsWith(${JSON.stringify(thing)})`;
    if (!(await tab.until(isAnswer, 30))) throw new Error(`${thing} is not the answer`);
    await pause(2000);
  }
  await tab.screenshot(`${folder}/page`, false);
} finally {
  await browser.end();
  run.kill();
  camera.closeAllConnections();
  camera.close();
}
