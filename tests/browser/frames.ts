/** What scrolling a page takes, in a browser. */
import type { Browser } from "./browser.ts";

/** What a page did while it was scrolled. */
export interface Scrolling {
  /** The longest time between two frames, in ms. */
  readonly longestMs: number;
  /** The processor time that the page itself took, in ms: whatever else the machine does. */
  readonly busyMs: number;
}

/** Scrolls a page down by several screens. */
export async function measureScrolling(browser: Browser, path: string): Promise<Scrolling> {
  await browser.open(path, 1280, "light");
  await browser.send("Performance.enable", { timeDomain: "threadTicks" });
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
  const before = await readBusyMs(browser);
  await browser.send("Input.synthesizeScrollGesture", {
    x: 600,
    y: 400,
    yDistance: -6000,
    speed: 4000,
    gestureSourceType: "mouse",
  });
  const busyMs = await readBusyMs(browser) - before;
  const times = await browser.run<number[]>("window.frames_");
  return {
    longestMs: Math.max(...times.slice(1).map((at, index) => at - times[index]!)),
    busyMs,
  };
}

async function readBusyMs(browser: Browser): Promise<number> {
  const { metrics } = await browser.send("Performance.getMetrics") as {
    readonly metrics: readonly { readonly name: string; readonly value: number }[];
  };
  return metrics.find(({ name }) => name === "TaskDuration")!.value * 1000;
}
