/** Lessons without a learner: with the right answers, or with given ones. */
import { orAborted } from "../../base/abort.ts";
import type { CourseLesson } from "../../lab/course.ts";
import {
  type Grade,
  gradeRun,
  isRight,
  type Predictions,
  rightAnswers,
} from "../../lab/lesson/grade.ts";
import { print } from "../output/print.ts";
import { widthOf } from "../terminal/wide_text.ts";
import { exitStatus } from "../run/exit_status.ts";
import type { SignalWatch } from "./dialog.ts";
import { type LessonRunOptions, runLesson, shownOptions } from "./lesson_run.ts";
import {
  formatGrades,
  formatIntro,
  formatNext,
  formatRun,
  type PageForm,
  showAnswer,
  styled,
} from "./page.ts";

/** What lessons are run with. */
export interface UnattendedOptions {
  readonly watch: SignalWatch;
  readonly form: PageForm;
  readonly run: LessonRunOptions;
  /** Why this machine or run has no sandbox; undefined if it has one. */
  readonly noSandbox: string | undefined;
}

/** A machine that is busy cannot follow a lesson's speed; it gets so many times the time then. */
const SLOWER = 4;

/** An answer was wrong, or a lesson did not happen as it says. */
const WRONG = 1;

function isSkipped({ lesson }: CourseLesson, { noSandbox }: UnattendedOptions): boolean {
  return lesson.needsSandbox === true && noSandbox !== undefined;
}

/**
 * Shows one lesson from its beginning to its end.
 *
 * @param predictions undefined: the right answers.
 * @param manifest runs in the place of the lesson's own.
 * @returns the exit status: 0 if every prediction came true.
 * @throws {Left}
 */
export async function showLesson(
  lesson: CourseLesson,
  { count, predictions, manifest }: {
    readonly count: number;
    readonly predictions: Predictions | undefined;
    readonly manifest: string | undefined;
  },
  options: UnattendedOptions,
): Promise<number> {
  const { form, run, watch, noSandbox } = options;
  const words = shownOptions(lesson.lesson, run);
  await print(formatIntro(lesson, { count, manifest, options: words }, form).join("\n"));
  if (isSkipped(lesson, options)) {
    await print(form.words.needsSandbox(noSandbox!));
    return exitStatus.undecided;
  }
  const text = manifest ?? lesson.lesson.manifest;
  const outcome = await runLesson(lesson.lesson, text, run, { leave: watch.signal });
  watch.check();
  const given = predictions ?? rightAnswers(lesson.lesson.questions);
  const grades = gradeRun(lesson.lesson, given, outcome, { simulate: run.machine === undefined });
  const isEdited = manifest !== undefined;
  const { isLimited } = outcome;
  const page = lesson.texts[form.language];
  const { speed = lesson.lesson.speed } = run;
  await print([
    ...formatRun(outcome, form),
    ...formatGrades(grades, page, { isEdited, isLimited, speed }, form),
    ...formatNext(page, form),
  ].join("\n"));
  const asked = grades.filter(({ predicted }) => predicted !== undefined);
  return asked.every(isRight) ? exitStatus.success : WRONG;
}

/** A lesson that was run with its right answers. */
interface Result {
  readonly grades: readonly Grade[];
  readonly seconds: number;
  /** The speed of a second attempt. */
  readonly slower?: number;
}

/**
 * Runs lessons with their right answers, several at once, and prints a line for each in order.
 *
 * @returns the exit status: 0 if all that this machine can do happened as the lessons say.
 * @throws {Left}
 */
export async function runAll(
  course: readonly CourseLesson[],
  options: UnattendedOptions,
): Promise<number> {
  const { form, watch } = options;
  const { result } = form.words;
  const waiting = course.filter((it) => !isSkipped(it, options));
  const done = new Map<CourseLesson, PromiseWithResolvers<Result>>(
    waiting.map((it) => [it, Promise.withResolvers()]),
  );
  // Most of a lesson is waiting.
  const workers = Array.from({ length: 2 * navigator.hardwareConcurrency }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (watch.signal.aborted) return;
      done.get(next)!.resolve(await runRight(next, options));
    }
  });
  const working = Promise.all(workers);
  let asSaid = 0;
  try {
    for (const lesson of course) {
      const coming = done.get(lesson)?.promise;
      // A worker that fails ends the wait too.
      const outcome = coming &&
        await orAborted(Promise.race([coming, working.then(() => coming)]), watch.signal);
      if (outcome?.grades.every(isRight)) asSaid++;
      await print(formatResult(lesson, outcome, course, form).join("\n"));
    }
  } finally {
    // After a signal lessons are still being ended.
    await working;
  }
  await print(result.total(asSaid, done.size, course.length - done.size));
  if (done.size === 0) return exitStatus.undecided;
  return asSaid === done.size ? exitStatus.success : WRONG;
}

/** Runs a lesson, and if it does not happen as it says once more, so much slower. */
async function runRight(lesson: CourseLesson, options: UnattendedOptions): Promise<Result> {
  const { run, watch } = options;
  const first = await runOnce(lesson, run, watch);
  const speed = run.speed ?? lesson.lesson.speed;
  const isFinal = first.grades.every(isRight) || run.machine === undefined || speed <= 1 ||
    watch.signal.aborted;
  if (isFinal) return first;
  const slower = Math.max(speed / SLOWER, 1);
  const second = await runOnce(lesson, { ...run, speed: slower }, watch);
  return { ...second, slower, seconds: first.seconds + second.seconds };
}

async function runOnce(
  lesson: CourseLesson,
  run: LessonRunOptions,
  { signal }: SignalWatch,
): Promise<Result> {
  const begin = performance.now();
  const { manifest, questions } = lesson.lesson;
  const outcome = await runLesson(lesson.lesson, manifest, run, { leave: signal });
  const simulate = run.machine === undefined;
  return {
    grades: gradeRun(lesson.lesson, rightAnswers(questions), outcome, { simulate }),
    seconds: (performance.now() - begin) / 1000,
  };
}

function formatResult(
  { name, number, texts }: CourseLesson,
  outcome: Result | undefined,
  course: readonly CourseLesson[],
  form: PageForm,
): string[] {
  const { result } = form.words;
  const nameWidth = Math.max(...course.map((it) => it.name.length));
  const verdictWidth = Math.max(
    ...[result.ok, result.failed, result.skipped].map(widthOf),
  );
  const line = (verdict: string, style: "green" | "red" | "dim", rest: string) =>
    `${styled(verdict, style, form)}${" ".repeat(verdictWidth - widthOf(verdict))}  ` +
    `${String(number).padStart(2)}  ${name.padEnd(nameWidth)}  ${rest}`.trimEnd();
  if (outcome === undefined) return [line(result.skipped, "dim", "")];
  const { grades, seconds, slower } = outcome;
  const right = grades.filter(isRight).length;
  const note = slower === undefined ? "" : `  ${result.slower(String(slower))}`;
  const rest = `${result.answers(right, grades.length)}  ${seconds.toFixed(1)} s${note}`;
  if (right === grades.length) return [line(result.ok, "green", rest)];
  return [
    line(result.failed, "red", rest),
    ...grades.filter((it) => !isRight(it)).map((grade) => {
      const text = texts[form.language].questions[grade.name];
      const seen = grade.seen === undefined
        ? form.words.unseen
        : showAnswer(grade.seen.answer, text);
      const expected = showAnswer(grade.question.answer, text);
      return `      ${result.difference(grade.name, expected, seen)}`;
    }),
  ];
}
