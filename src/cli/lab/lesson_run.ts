/** Runs a lesson within this process, and reads what it shows. */
import { parseDuration } from "../../base/duration.ts";
import { UsageError } from "../../base/usage_error.ts";
import type { Clock } from "../../base/clock.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { applyChange, type Lesson } from "../../lab/lesson/lesson.ts";
import type { SeenRun } from "../../lab/lesson/observation.ts";
import { cutAfter, SightCount } from "../../lab/lesson/sight.ts";
import { emptyScript } from "../../scenario/script.ts";
import { parseScript } from "../../scenario/script_file.ts";
import { formatManifestErrors } from "../manifest/manifests.ts";
import type { Machine } from "../play/machine_run.ts";
import {
  type RecordedRun,
  type RecordedRunRequest,
  recordRun,
  recordSimulation,
} from "../play/recorded_run.ts";

/** How long a lesson may take, in ms of the machine. */
const LIMIT_MS = 45_000;

/** How lessons are run. */
export interface LessonRunOptions {
  readonly isolation: "auto" | "sandbox" | "process";
  /** @default each lesson's own */
  readonly speed?: number;
  /** Undefined: on the virtual clock. */
  readonly machine: Machine | undefined;
  /** Where relative paths of a manifest start, absolute. */
  readonly directory: string;
  /** Opens what shows a real run while it goes on. */
  readonly openView?: (clock: Clock) => LessonView;
}

/** What ends a run before its own end, when it is aborted. */
export interface LessonSignals {
  /** Ends the lab. */
  readonly leave: AbortSignal;
  /** Ends the run, whose events up to then count. */
  readonly stop?: AbortSignal;
}

/** Shows a run while it goes on. */
export interface LessonView {
  /** Takes the next event. */
  add(event: RunEvent): void;
  /** Removes what is shown. */
  close(): Promise<void>;
}

/** The outcome of a lesson's run. */
export interface LessonRun extends SeenRun {
  /** What `run` would have written to standard error. */
  readonly errors: readonly string[];
  /** It was ended before its own end: by the learner, or since it took or wrote too much. */
  readonly isLimited: boolean;
}

/** The options of `run` that a learner would type for the same. */
export function shownOptions(lesson: Lesson, { speed }: Pick<LessonRunOptions, "speed">): string[] {
  const applies = (lesson.applies ?? []).flatMap(({ at }) => ["--apply", `update.yaml@${at}`]);
  return ["--speed", String(speed ?? lesson.speed), ...lesson.options ?? [], ...applies];
}

/**
 * Runs a manifest as the lesson does, until there is nothing more to see. No process is left when
 * it resolves.
 *
 * @param manifest the lesson's own, or an edited one.
 */
export async function runLesson(
  lesson: Lesson,
  manifest: string,
  options: LessonRunOptions,
  { leave, stop }: LessonSignals,
): Promise<LessonRun> {
  const watch = new LessonWatch(lesson, leave);
  stop?.addEventListener("abort", () => watch.limit(), { once: true });
  let view: LessonView | undefined;
  const openPlace = (clock: Clock) => {
    view = options.machine && options.openView?.(clock);
    return {
      onRunEvent: (event: RunEvent) => {
        watch.look(event);
        view?.add(event);
      },
    };
  };
  try {
    const run = await record(lesson, manifest, options, { end: watch.end, openPlace });
    return watch.finish(run, leave.aborted);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // What only an edited manifest can cause: it is for the learner to read.
    return { events: [], exitStatus: 125, errors: [error.message], isLimited: false };
  } finally {
    watch.stop();
    await view?.close();
  }
}

async function record(
  lesson: Lesson,
  manifest: string,
  { isolation, speed, machine, directory }: LessonRunOptions,
  { end, openPlace }: {
    readonly end: AbortSignal;
    readonly openPlace: NonNullable<RecordedRunRequest["openPlace"]>;
  },
): Promise<RecordedRun> {
  const { applies = [], options = [], script } = lesson;
  const request = {
    manifests: [{ file: "manifest.yaml", text: manifest, folder: directory }],
    applies: applies.map((change) => ({
      at: parseDuration(change.at),
      file: { file: "update.yaml", text: applyChange(manifest, change), folder: directory },
    })),
    directory,
    end,
    kill: end,
    openPlace,
  };
  if (machine === undefined) {
    const parsed = script === undefined ? undefined : parseScript(script, "script.yaml");
    return await recordSimulation({
      ...request,
      words: withoutNetwork(options),
      script: parsed?.script ?? emptyScript,
    });
  }
  const words = ["--isolation", isolation, "--speed", String(speed ?? lesson.speed), ...options];
  return await recordRun({ ...request, words }, machine);
}

/** The options of `run` that `simulate` has too. */
function withoutNetwork(options: readonly string[]): string[] {
  const at = options.indexOf("--network");
  return at < 0 ? [...options] : options.toSpliced(at, 2);
}

/** Ends a run when all has been seen, or when that does not come. */
class LessonWatch {
  readonly #lesson: Lesson;
  readonly #sights: SightCount;
  readonly #over = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #outer: AbortSignal;
  /** How many events there have been, without lines of output. */
  #count = 0;
  #limit: number | undefined;

  /** @param outer ends the run too. */
  constructor(lesson: Lesson, outer: AbortSignal) {
    this.#lesson = lesson;
    this.#outer = outer;
    this.#sights = new SightCount(lesson.ends ?? []);
    this.#timer = setTimeout(() => this.limit(), LIMIT_MS);
  }

  /** Ends the run here. */
  limit(): void {
    this.#limit ??= this.#count;
    this.#over.abort();
  }

  /** Aborted when the run has to end; the Pods need no grace then. */
  get end(): AbortSignal {
    return AbortSignal.any([this.#over.signal, this.#outer]);
  }

  /** Looks at the next event. */
  look(event: RunEvent): void {
    this.#count++;
    if (this.#sights.add(event)) this.#over.abort();
  }

  /** What has been seen: nothing of what the end of the run has caused. */
  finish(
    { events, exitStatus, errors, diagnostics, isTooMuch }: RecordedRun,
    isLeft: boolean,
  ): LessonRun {
    const seen = cutAfter(events, this.#lesson.ends ?? []);
    const limit = this.#limit;
    const isCut = limit !== undefined || isLeft || isTooMuch || seen.isComplete;
    return {
      events: limit === undefined ? seen.events : firstOf(seen.events, limit),
      ...(!isCut && { exitStatus }),
      errors: [...formatManifestErrors(errors), ...diagnostics],
      isLimited: limit !== undefined || isTooMuch,
    };
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** The first events of a log, so many without lines of output. */
function firstOf(events: readonly RunEvent[], count: number): readonly RunEvent[] {
  let left = count;
  const end = events.findIndex(({ type }) => type !== "log" && left-- === 0);
  return end < 0 ? events : events.slice(0, end);
}
