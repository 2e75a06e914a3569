/** The page of a timeline in a real browser. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { formatTimeline } from "../../src/cli/output/timeline_form.ts";
import { computeTimeline } from "../../src/report/timeline/timeline.ts";
import { CRASH_LOOP, manyEvents, podEvent, run } from "../report/timeline/events.ts";
import { attempt } from "../support/attempts.ts";
import { Browser, browserCommand } from "./browser.ts";
import { measureScrolling } from "./frames.ts";

const LONG = "a-name-as-long-as-kubernetes-lets-a-container-have-which-is-63-x";
const EVENTS = [
  ...CRASH_LOOP,
  ...run(LONG, "app", 100, 12_000, 0),
  ...run("</script><img src=x onerror=window.isHit=true>", "app", 300, 400, 137).map((it) => ({
    ...it,
    message: "<img src=x onerror=window.isHit=true>",
  })),
  podEvent(700, "probe.result", {
    container: LONG,
    role: "app",
    probe: "liveness",
    result: "failure",
  }),
];

/** Boxes of all texts that are shown, with the texts. */
const TEXTS = `[...document.querySelectorAll("svg text, h1, h2, header p")]
  .filter((it) => it.getBoundingClientRect().width > 0 && !it.closest("[display=none]"))
  .map((it) => {
    const { left, right, top, bottom } = it.getBoundingClientRect();
    const isCut = it.scrollWidth > it.clientWidth && it.localName === "h2";
    return { text: it.textContent, left, right, top, bottom, isCut };
  })`;

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly isCut: boolean;
}

/** What is wrong with what stands where. */
function findFaults(boxes: readonly Box[], width: number): string[] {
  const outside = boxes.filter(({ left, right }) => left < -0.5 || right > width + 0.5);
  const overlapping = boxes.flatMap((a, index) =>
    boxes.slice(index + 1).filter((b) =>
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3
    ).map((b) => `${a.text} over ${b.text}`)
  );
  return [
    ...outside.map(({ text }) => `outside: ${text}`),
    ...overlapping,
    ...boxes.filter(({ isCut }) => isCut).map(({ text }) => `cut: ${text}`),
  ];
}

Deno.test({
  name: "the page of a timeline, in a browser",
  ignore: browserCommand === undefined, // Chromium is not installed.
  fn: async (context) => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/timeline.html`;
    await Deno.writeTextFile(
      path,
      await formatTimeline(computeTimeline(EVENTS), "html", "events.ndjson"),
    );
    await using browser = await Browser.start();
    for (const scheme of ["light", "dark"] as const) {
      for (const width of [360, 1280, 2560]) {
        await context.step(`at ${width} pixels, ${scheme}`, async () => {
          await browser.open(path, width, scheme);
          const boxes = await browser.run<Box[]>(TEXTS);
          ok(boxes.length > 8, String(boxes.length));
          deepEqual(findFaults(boxes, width), []);
        });
      }
      await context.step(`has contrast, ${scheme}`, async () => {
        const faint = await browser.run<string[]>(FAINT);
        deepEqual(faint, []);
      });
    }
    await context.step("bars stand where the log says", async () => {
      const bars = await browser.run<{ x: number; width: number }[]>(
        `[...document.querySelectorAll('.row[aria-label="web"] rect')].map((it) => {
          const { x, width } = it.getBoundingClientRect();
          return { x: x - 12, width };
        })`,
      );
      // Of 2,464 pixels a break has 44/1104; the rest is 2,100 ms: all but the 10 s from 900 on.
      const zoom = (2560 - 96) / 1104;
      const pixels = (ms: number) => ms * (1104 - 44) / 2100 * zoom;
      equal(bars.length, 4);
      const [first, , second] = bars;
      const msPerPixel = 1 / pixels(1);
      ok(Math.abs(first!.x - pixels(600)) * msPerPixel < 1, JSON.stringify(first));
      ok(Math.abs(first!.width - pixels(300)) * msPerPixel < 1, JSON.stringify(first));
      ok(Math.abs(second!.x - pixels(900) - 44 * zoom) * msPerPixel < 1, JSON.stringify(second));
    });
    await context.step("says why, by mouse and by keyboard", async () => {
      await browser.run(`document.querySelector('.row[aria-label="web"] rect').dispatchEvent(
        new MouseEvent("click", { bubbles: true }))`);
      const text = () => browser.run<string>(`document.getElementById("panel").textContent`);
      ok((await text()).includes("container.started at 600"), await text());
      ok((await text()).includes("R-PHASE-4"), await text());
      await browser.run(`document.querySelector('.row[aria-label="web"] [data-i]').focus()`);
      await browser.run(
        `document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }))`,
      );
      ok((await text()).includes("container.waiting at 900"), await text());
      await browser.run(`document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp" }))`);
      ok((await text()).startsWith("</script>"), await text());
    });
    await context.step("zooms", async () => {
      const widthOf = () =>
        browser.run<number>(`document.querySelector("section svg").clientWidth`);
      const before = await widthOf();
      await browser.run(`document.getElementById("in").click()`);
      ok(await widthOf() > before * 1.3);
      await browser.run(`document.getElementById("fit").click()`);
      equal(await widthOf(), before);
    });
    await context.step("runs no script but its own", async () => {
      equal(await browser.run("window.isHit === true"), false);
    });
    await context.step("scrolls 100,000 events as easily as 1,000, in 5 MB", async () => {
      const write = async (count: number) => {
        const page = await formatTimeline(computeTimeline(manyEvents(count)), "html", "events");
        ok(page.length < 5_000_000, String(page.length));
        await Deno.writeTextFile(`${folder}/${count}.html`, page);
        return `${folder}/${count}.html`;
      };
      const [few, many] = [await write(1000), await write(100_000)];
      await attempt(async () => {
        const floor = (await measureScrolling(browser, few)).busyMs;
        const { busyMs } = await measureScrolling(browser, many);
        ok(busyMs <= 4 * floor, `${busyMs} ms, and ${floor} ms with few events`);
      });
    });
    await Deno.remove(folder, { recursive: true });
  },
});

/** Texts with a contrast of less than 4.5 to what they stand on (WCAG 2.2, 1.4.3). */
const FAINT = `(() => {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll("svg text")]
    .filter((it) => it.getBoundingClientRect().width > 0)
    .flatMap((it) => {
      const isOn = it.matches(".label, .inside");
      const ground = isOn ? getComputedStyle(it.parentElement.querySelector("rect")).fill : paper;
      const found = contrast(getComputedStyle(it).fill, ground);
      return found < 4.5 ? [it.textContent + " " + found.toFixed(1)] : [];
    });
})()`;
