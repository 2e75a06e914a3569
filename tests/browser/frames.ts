/** How smoothly a page scrolls, in a browser. */
import type { Browser } from "./browser.ts";

/** The longest time between two frames while a page scrolls, in ms. */
export async function measureLongestFrame(browser: Browser, path: string): Promise<number> {
  await browser.open(path, 1280, "light");
  // What loading has left to do is not scrolling.
  await browser.run("new Promise((done) => requestIdleCallback(done))");
  await browser.run(`(() => {
    window.frames_ = [];
    const next = (at) => {
      window.frames_.push(at);
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })()`);
  await browser.send("Input.synthesizeScrollGesture", {
    x: 600,
    y: 400,
    yDistance: -6000,
    speed: 4000,
    gestureSourceType: "mouse",
  });
  return await browser.run<number>(
    `Math.max(...window.frames_.slice(1).map((at, index) => at - window.frames_[index]))`,
  );
}

/** A page of as many lines, with nothing to draw but text: what the machine can do at present. */
export function formatPlainPage(): string {
  const lines = Array.from({ length: 400 }, (_, index) => `<p>line ${index}</p>`);
  return `<!doctype html><meta charset="utf-8"><title>plain</title>${lines.join("\n")}`;
}
