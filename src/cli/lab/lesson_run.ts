/** Runs a lesson by a run of this program, and reads what it shows. */
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import type { Lesson } from "../../lab/lesson/lesson.ts";
import type { SeenRun } from "../../lab/lesson/observation.ts";
import { cutAfter, SightCount } from "../../lab/lesson/sight.ts";
import { runChild } from "../child/child_run.ts";

/** How long a lesson may take, in ms of the machine. */
const LIMIT_MS = 45_000;

/** How lessons are run. */
export interface LessonRunOptions {
  readonly isolation: "auto" | "sandbox" | "process";
  /** @default each lesson's own */
  readonly speed?: number;
  /** On the virtual clock. */
  readonly simulate: boolean;
}

/** The outcome of a lesson's run. */
export interface LessonRun extends SeenRun {
  /** What `run` wrote to standard error. */
  readonly errors: string;
  /** It was ended, since what the lesson waits for did not come. */
  readonly isLimited: boolean;
}

/**
 * Runs a manifest as the lesson does, until there is nothing more to see. No process and no file is
 * left when it resolves.
 *
 * @param manifest the lesson's own, or an edited one.
 */
export async function runLesson(
  lesson: Lesson,
  manifest: string,
  options: LessonRunOptions,
  signal: AbortSignal,
): Promise<LessonRun> {
  const files = filesOf(lesson, options);
  const folder = files.length === 0
    ? undefined
    : await Deno.makeTempDir({ prefix: "podling-lab-" });
  try {
    for (const { name, text } of files) await Deno.writeTextFile(`${folder}/${name}`, text);
    return await runIn(folder ?? "", lesson, { manifest, options, signal });
  } finally {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  }
}

/** The options of `run` that a learner would type for the same. */
export function shownOptions(lesson: Lesson, options: LessonRunOptions): string[] {
  const applies = (lesson.applies ?? []).flatMap(({ at }) => ["--apply", `update.yaml@${at}`]);
  return [...optionsOf(lesson, options), ...applies];
}

function optionsOf(lesson: Lesson, { speed }: Pick<LessonRunOptions, "speed">): string[] {
  return ["--speed", String(speed ?? lesson.speed), ...lesson.options ?? []];
}

function filesOf(lesson: Lesson, { simulate }: LessonRunOptions) {
  return [
    ...(lesson.applies ?? []).map(({ manifest }, index) => ({
      name: `update-${index + 1}.yaml`,
      text: manifest,
    })),
    ...simulate && lesson.script !== undefined
      ? [{ name: "script.yaml", text: lesson.script }]
      : [],
  ];
}

async function runIn(folder: string, lesson: Lesson, { manifest, options, signal }: {
  readonly manifest: string;
  readonly options: LessonRunOptions;
  readonly signal: AbortSignal;
}): Promise<LessonRun> {
  const applies = (lesson.applies ?? []).flatMap(({ at }, index) => [
    ...["--apply", `${folder}/update-${index + 1}.yaml@${at}`],
  ]);
  const sights = new SightCount(lesson.ends ?? []);
  let cut: number | undefined;
  let count = 0;
  let endRun = () => {};
  const timer = setTimeout(() => {
    cut ??= count;
    endRun();
  }, LIMIT_MS);
  const onEvents = (events: readonly RunEvent[], end: () => void) => {
    endRun = end;
    count += events.length;
    for (const event of events) if (sights.add(event)) end();
  };
  const words = options.simulate
    ? [
      ...["simulate", ...withoutNetwork(lesson.options ?? [])],
      ...lesson.script === undefined ? [] : ["--script", `${folder}/script.yaml`],
    ]
    : ["run", ...optionsOf(lesson, options), "--isolation", options.isolation];
  try {
    const outcome = await runChild({
      words: [...words, ...applies],
      manifest,
      stderr: "piped",
      signal,
      onEvents,
    });
    const seen = cutAfter(outcome.events, lesson.ends ?? []);
    const isLimited = cut !== undefined || signal.aborted;
    const events = cut === undefined ? seen.events : seen.events.slice(0, cut);
    const isCut = isLimited || seen.isComplete;
    return {
      events,
      ...(!isCut && { exitStatus: outcome.code }),
      errors: outcome.errors,
      isLimited,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** The options of `run` that `simulate` has too. */
function withoutNetwork(options: readonly string[]): string[] {
  const at = options.indexOf("--network");
  return at < 0 ? [...options] : options.toSpliced(at, 2);
}
