/** What people wait for who look, experiment and test: drawings, tables, scenario files. */
import { formatTimeline } from "../../src/cli/output/timeline_form.ts";
import { computeTimeline } from "../../src/report/timeline/timeline.ts";
import { Browser, browserCommand } from "../browser/browser.ts";
import { measureScrolling } from "../browser/frames.ts";
import { canOpenTerminal, Screen } from "../process/screen.ts";
import { Place } from "../process/support.ts";
import { manyEvents } from "../report/timeline/events.ts";
import { type Benchmark, type Figure, median, plainFigure } from "./figure.ts";
import { formatPod, makeScratch, podling, PROJECT, timeProgram } from "./program.ts";

/** The words before a command. */
const program = podling.slice(0, -1);

/** A hundred scenario files on the virtual clock. */
export const checkedFiles: Benchmark = {
  name: "check",
  async run() {
    using scratch = makeScratch();
    const folder = `${PROJECT}tests/scenarios`;
    const texts = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".yaml"))
      .map(({ name }) => Deno.readTextFileSync(`${folder}/${name}`));
    for (let index = 0; index < 100; index++) {
      scratch.write(`${index}.yaml`, texts[index % texts.length]!);
    }
    const words = [...program, "check", "--simulate", scratch.path];
    const times = await repeat(5, () => timeProgram(words));
    return [plainFigure("check of 100 simulated files", times, "ms", { atMost: 1500 })];
  },
};

/** The table of all combinations, from real Pods. */
export const experimentTable: Benchmark = {
  name: "experiment",
  async run() {
    const times = await repeat(3, () => timeProgram([...program, "experiment"]));
    return [plainFigure("experiment with 27 cells", times, "ms", { atMost: 5000 })];
  },
};

/** A page of 100,000 events: made, and scrolled. */
export const timelinePage: Benchmark = {
  name: "timeline",
  async run() {
    using scratch = makeScratch();
    const events = manyEvents(100_000);
    const log = scratch.write("events.ndjson", events.map((it) => JSON.stringify(it)).join("\n"));
    const times = await repeat(3, () => timeProgram([...program, "timeline", log, "-o", "html"]));
    const page = await formatTimeline(computeTimeline(events), "html", "events");
    const what = "timeline of 100,000 events as a page";
    return [
      plainFigure(what, times, "ms", { atMost: 2000 }),
      plainFigure(`${what}, its size`, page.length / 1e6, "MB", { atMost: 5 }),
      await measureFrames(
        `${what}, the longest frame while it scrolls`,
        scratch.write("page.html", page),
      ),
    ];
  },
};

async function measureFrames(what: string, path: string): Promise<Figure> {
  if (browserCommand === undefined) return { what, skipped: "there is no Chromium here" };
  await using browser = await Browser.start();
  const longest = await repeat(3, async () => (await measureScrolling(browser, path)).longestMs);
  return plainFigure(what, longest, "ms", { atMost: 50 });
}

/** How long the live view is watched. */
const WATCHED_MS = 10_000;
/** How many Pods it shows. */
const WATCHED_PODS = 50;

/** The processor time of a live view whose lines change each second. */
export const liveView: Benchmark = {
  name: "live",
  async run() {
    const what = "live view of 50 Pods that wait";
    if (!canOpenTerminal) return [{ what, skipped: "this machine has no terminals to give" }];
    const withView = await measureCores(["--watch"]);
    const without = await measureCores([]);
    return [{
      what,
      measured: withView,
      floor: without,
      measuredUnit: "% of a core",
      value: withView - without,
      unit: "% of a core",
      bound: { atMost: 2 },
    }];
  },
};

/** Of a run of 50 crash loops that wait, in percent of a core. */
async function measureCores(options: readonly string[]): Promise<number> {
  await using place = await Place.open();
  // They wait, and their seconds are counted.
  const items = Array.from({ length: WATCHED_PODS }, (_, index) => {
    const pod = JSON.parse(formatPod(`crash-${index}`, [["sh", "-c", "exit 1"]]));
    return { ...pod, spec: { ...pod.spec, restartPolicy: "Always" } };
  });
  const manifest = `${place.folder}/pods.json`;
  const log = `${place.folder}/events.ndjson`;
  await Deno.writeTextFile(manifest, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const words = [
    "--quiet",
    "--isolation",
    "process",
    "--crash-backoff",
    "5m",
    "--events-file",
    log,
  ];
  await using screen = Screen.start(place, [...podling, ...words, ...options, manifest]);
  while (countWaiting(log) < items.length) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const begin = readTicks(screen.child.pid);
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  const ticks = readTicks(screen.child.pid) - begin;
  screen.child.kill("SIGTERM");
  await screen.ended;
  return ticks / TICKS_PER_SECOND / (WATCHED_MS / 1000) * 100;
}

function countWaiting(log: string): number {
  try {
    return Deno.readTextFileSync(log).split('"reason":"CrashLoopBackOff"').length - 1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Of `/proc`, on Linux wherever Deno runs. */
const TICKS_PER_SECOND = 100;

/** Processor time of a process, in ticks. */
function readTicks(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function repeat(count: number, measure: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= count; round++) {
    const took = await measure();
    // The first fills caches.
    if (round > 0) times.push(took);
  }
  return median(times);
}
