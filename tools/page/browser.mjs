// A headless Chromium, driven by its debugging protocol over pipes, so that no package is needed.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Chromium, spoken to over file descriptors 3 and 4: JSON with a zero byte at the end. */
export class Browser {
  /** `address` is what pages may ask of. */
  constructor(address) {
    this.address = address;
    this.profile = mkdtempSync(join(tmpdir(), "chromium-"));
    this.process = spawn("chromium", [
      "--headless=new", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-background-networking",
      "--no-first-run", `--user-data-dir=${this.profile}`, "--remote-debugging-pipe", "about:blank",
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

  async end() {
    this.process.kill();
    await new Promise((resolve) => this.process.once("exit", resolve));
    // What it started can outlive it by a moment, and still write there.
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
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

  /** Opens the page in a window of a size and colour scheme, with a query of its own. */
  async open(width, height, scheme, query = "") {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, targetId, sessionId);
    await tab.prepare(width, height, scheme, query);
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
      if (method === "Network.requestWillBeSent" && !/^data:/.test(params.request.url) && !params.request.url.startsWith(browser.address)) {
        this.strangers.push(params.request.url);
      }
    });
  }

  async prepare(width, height, scheme, query) {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: width < 500 ? 2 : 1, mobile: width < 500 });
    await this.send("Emulation.setTouchEmulationEnabled", { enabled: width < 500 });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await this.send("Page.navigate", { url: this.browser.address + query });
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

  /** Drags from one place of an element to another, in fractions of it: by a finger or with the mouse. */
  async drag(selector, from, to, isByFinger) {
    const box = await this.value(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left, top, width, height };
    })()`);
    const steps = 5;
    for (let step = -1; step <= steps + 1; step++) {
      const share = Math.min(1, Math.max(0, step / steps));
      const [x, y] = [0, 1].map((axis) => {
        const place = from[axis] + (to[axis] - from[axis]) * share;
        return axis === 0 ? box.left + place * box.width : box.top + place * box.height;
      });
      if (isByFinger) {
        const type = step < 0 ? "touchStart" : step > steps ? "touchEnd" : "touchMove";
        await this.send("Input.dispatchTouchEvent", { type, touchPoints: step > steps ? [] : [{ x, y }] });
      } else {
        const type = step < 0 ? "mousePressed" : step > steps ? "mouseReleased" : "mouseMoved";
        await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons: 1, clickCount: 1 });
      }
    }
  }

  /** Of the whole page, or what is seen of it. */
  async screenshot(name, isWhole = true) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: isWhole });
    writeFileSync(`${name}.png`, Buffer.from(data, "base64"));
  }

  /** Makes it the tab that is seen: others get no input, and think themselves hidden. */
  front() { return this.send("Page.bringToFront"); }

  close() { return this.browser.send("Target.closeTarget", { targetId: this.targetId }); }
}
