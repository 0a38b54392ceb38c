// node look.mjs one|two|away ADDRESS
// Opens the page in a headless Chromium, checks it as each case asks for, and writes screenshots into this folder.
// Talks to Chromium by its debugging protocol over pipes, so that no package is needed.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

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

/** Chromium, spoken to over file descriptors 3 and 4: JSON with a zero byte at the end. */
class Browser {
  constructor() {
    this.process = spawn("chromium", [
      "--headless=new", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-background-networking",
      "--no-first-run", "--user-data-dir=/tmp/chromium", "--remote-debugging-pipe", "about:blank",
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.waiting = new Map();
    this.listeners = [];
    this.count = 0;
    let rest = "";
    this.process.stdio[4].setEncoding("utf8").on("data", (text) => {
      const messages = (rest + text).split("\0");
      rest = messages.pop();
      for (const message of messages) this.take(JSON.parse(message));
    });
  }

  take(message) {
    if (!message.id) return this.listeners.forEach((listener) => listener(message));
    const { resolve, reject } = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    message.error ? reject(new Error(message.error.message)) : resolve(message.result);
  }

  send(method, params = {}, sessionId) {
    const id = ++this.count;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  async open(width, height, scheme) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, targetId, sessionId);
    await tab.prepare(width, height, scheme);
    return tab;
  }
}

class Tab {
  constructor(browser, targetId, session) {
    this.browser = browser;
    this.targetId = targetId;
    this.send = (method, params) => browser.send(method, params, session);
    /** What the page complained of, and what it asked of others. */
    this.errors = [];
    this.strangers = [];
    browser.listeners.push(({ method, params, sessionId }) => {
      if (sessionId !== session) return;
      if (method === "Runtime.exceptionThrown") this.errors.push(params.exceptionDetails.exception?.description);
      if (method === "Log.entryAdded" && params.entry.level !== "info") this.errors.push(`${params.entry.text} ${params.entry.url ?? ""}`);
      if (method === "Runtime.consoleAPICalled") this.errors.push(`console: ${params.type}`);
      if (method === "Network.requestWillBeSent" && !/^data:/.test(params.request.url) && !params.request.url.startsWith(address)) {
        this.strangers.push(params.request.url);
      }
    });
  }

  async prepare(width, height, scheme) {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: width < 500 ? 2 : 1, mobile: width < 500 });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await this.send("Page.navigate", { url: address });
  }

  async value(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression, seconds) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(200)) {
      if (await this.value(expression)) return true;
    }
    return false;
  }

  async screenshot(name) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true });
    writeFileSync(`${name}.png`, Buffer.from(data, "base64"));
  }

  close() { return this.browser.send("Target.closeTarget", { targetId: this.targetId }); }
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
  const heads = await tab.value(all(".group .head", "part.textContent"));
  check(heads.includes("fusion head") && heads.includes("class head"), `their heads: ${heads.join(", ")}`);
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
  check(await tab.until(`${all(".camera", "part.querySelectorAll('li').length >= 10")}.every(Boolean)`, 10), "both show the labels of their last result");
  check(veils, `the camera that has gone is covered: ${await tab.value(all(".veil", "part.textContent"))}`);
  check(await tab.until(`${all(".veil", "part.hidden")}.some(Boolean)`, 10), "the other one is not");
}

const browser = new Browser();
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
  browser.process.kill();
}
process.exit(failures ? 1 : 0);
