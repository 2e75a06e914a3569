/** `lab [LESSON]`: lessons about Pods, predicted, run for real and explained. */
import { findNearest } from "../base/nearest.ts";
import { UsageError } from "../base/usage_error.ts";
import { course, type CourseLesson, findLesson } from "../lab/course.ts";
import { parseAnswer, type Predictions } from "../lab/lesson/grade.ts";
import { shownManifest } from "../lab/lesson/lesson.ts";
import type { Language } from "../lab/lesson/lesson_text.ts";
import { chineseWords } from "../lab/words/chinese.ts";
import { englishWords } from "../lab/words/english.ts";
import type { Prediction } from "./arguments/values.ts";
import { parseOptions } from "./arguments/arguments.ts";
import type { OptionValues } from "./arguments/option_table.ts";
import { labOptions } from "./arguments/report_options.ts";
import { Dialog, Left, SignalWatch } from "./lab/dialog.ts";
import type { LessonRunOptions } from "./lab/lesson_run.ts";
import { formatList, type PageForm } from "./lab/page.ts";
import { Session } from "./lab/session.ts";
import { runAll, showLesson } from "./lab/unattended.ts";
import { fromMachine } from "./machine/node_facts.ts";
import { describeFailure } from "./output/failure.ts";
import { resolvePath } from "./manifest/paths.ts";
import { print } from "./output/print.ts";
import { standardStream } from "./output/run_writers.ts";
import { lookAtMachine, type Machine } from "./play/machine_run.ts";
import { endingSignals, exitStatus } from "./run/exit_status.ts";
import { readUserDirectory } from "./terminal/launchers.ts";

type LabOptions = OptionValues<typeof labOptions>;

/** Of a page that goes to a file or a pipe. */
const WIDTH_WITHOUT_TERMINAL = 100;

/**
 * Lists the lessons, or goes through them.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function lab(words: readonly string[], project: string): Promise<number> {
  const { values: options, operands: [name, ...more] } = parseOptions(labOptions, words);
  if (more.length > 0) throw new UsageError(`lab takes one lesson, got ${name} and ${more[0]}`);
  const lesson = name === undefined ? undefined : lessonOf(name);
  checkTogether(options, lesson);
  if (options.print) {
    await print(shownManifest(lesson!.lesson).trimEnd());
    return exitStatus.success;
  }
  const predictions = options.predict.length === 0
    ? undefined
    : readPredictions(options.predict, lesson!);
  const manifest = options.manifest === undefined
    ? undefined
    : await readManifest(options.manifest, project);
  const isAsking = !options.answers && predictions === undefined;
  const hasTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const form = () => readForm(options.lang ?? readLanguage());
  if (isAsking && !hasTerminal) {
    if (lesson !== undefined || options.all) throw cannotAsk(lesson);
    const page = form();
    await print([...formatList(course, page), "", ...page.words.listHint].join("\n"));
    return exitStatus.success;
  }
  const { isolation, simulate, speed } = options;
  const machine = simulate ? undefined : lookAtMachine();
  const directory = readUserDirectory(project);
  const run = { isolation, machine, directory, ...(speed !== undefined && { speed }) };
  const noSandbox = await findNoSandbox(isolation, machine);
  using watch = new SignalWatch();
  try {
    if (!isAsking) {
      const unattended = { watch, form: form(), run, noSandbox };
      if (lesson === undefined) return await runAll(course, unattended);
      return await showLesson(lesson, { count: course.length, predictions, manifest }, unattended);
    }
    const dialog = new Dialog(watch);
    const session = new Session({
      ...{ course, dialog, watch, noSandbox },
      readForm: form,
      run: { ...run, ...await loadView() },
    });
    return await session.go(options.all ? course[0] : lesson, manifest);
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    const { success } = exitStatus;
    const read: readonly number[] = [success, endingSignals.SIGINT, endingSignals.SIGTERM];
    // A signal leaves the cursor behind the question; after the others no one reads.
    const begin = error.status === success ? "" : "\n";
    if (isAsking && read.includes(error.status)) await print(begin + form().words.goodbye);
    return error.status;
  }
}

function lessonOf(name: string): CourseLesson {
  const found = findLesson(name);
  if (found !== undefined) return found;
  const near = findNearest(name, course.map((it) => it.name));
  throw new UsageError(
    `There is no lesson ${JSON.stringify(name)} (did you mean "${near}"? lab lists them all)`,
  );
}

/** Options that need a lesson, or exclude each other. */
function checkTogether(options: LabOptions, lesson: CourseLesson | undefined): void {
  const needing = [
    ["--print", options.print],
    ["--predict", options.predict.length > 0],
    ["--manifest", options.manifest !== undefined],
  ] as const;
  const found = needing.find(([, isGiven]) => isGiven);
  if (found !== undefined && lesson === undefined) {
    throw new UsageError(`${found[0]} needs the lesson that it is about, such as lab pause`);
  }
  if (options.all && lesson !== undefined) {
    throw new UsageError(`--all means every lesson; leave out ${lesson.name} or --all`);
  }
  if (options.answers && options.predict.length > 0) {
    throw new UsageError("--answers gives the right answers, --predict your own; give one of them");
  }
  if (options.answers && lesson === undefined && !options.all) {
    throw new UsageError("--answers needs a lesson, or --all");
  }
}

function cannotAsk(lesson: CourseLesson | undefined): UsageError {
  if (lesson === undefined) {
    return new UsageError(
      "lab --all cannot ask for predictions without a terminal; " +
        "with --answers it runs every lesson with its right answers",
    );
  }
  const { name, lesson: { questions } } = lesson;
  const [[question, { answer }] = ["", { answer: "" }]] = Object.entries(questions);
  return new UsageError(
    `lab ${name} cannot ask for predictions without a terminal; --answers runs it with the right ` +
      `answers, --predict "${question}=${answer}" with yours, --print shows its manifest`,
  );
}

function readPredictions(
  given: readonly Prediction[],
  { name, lesson, texts }: CourseLesson,
): Predictions {
  const names = Object.keys(lesson.questions);
  return new Map(given.map(({ question: word, answer }) => {
    const question = Object.hasOwn(lesson.questions, word) ? lesson.questions[word] : undefined;
    if (question === undefined) {
      const near = findNearest(word, names);
      throw new UsageError(
        `--predict: lesson ${name} has no question ${JSON.stringify(word)} ` +
          `(did you mean "${near}"?); its questions are ${names.join(", ")}`,
      );
    }
    const shown = [texts.en, texts.zh].map((it) => it.questions[word]?.choices);
    const parsed = shown.map((it) => parseAnswer(question, answer, it))
      .find((it) => it !== undefined);
    if (parsed !== undefined) return [word, parsed] as const;
    const expected = question.choices === undefined
      ? "a number"
      : `one of ${question.choices.join(", ")}`;
    throw new UsageError(
      `--predict: ${JSON.stringify(answer)} does not answer ${word}: expected ${expected}`,
    );
  }));
}

async function readManifest(file: string, project: string): Promise<string> {
  try {
    return await Deno.readTextFile(resolvePath(readUserDirectory(project), file));
  } catch (error) {
    throw new UsageError(`--manifest: ${file} cannot be read: ${describeFailure(error)}`);
  }
}

/** The language of messages, as the C library finds it. */
function readLanguage(): Language {
  const locale = ["LC_ALL", "LC_MESSAGES", "LANG"].map((name) => Deno.env.get(name))
    .find((it) => it !== undefined && it !== "");
  return /^zh\b|^zh_/i.test(locale ?? "") ? "zh" : "en";
}

function readForm(language: Language): PageForm {
  const isTerminal = Deno.stdout.isTerminal();
  // A terminal whose size is not known has 0 columns.
  const columns = (isTerminal && Deno.consoleSize().columns) || WIDTH_WITHOUT_TERMINAL;
  return {
    language,
    words: language === "zh" ? chineseWords : englishWords,
    columns,
    hasColour: isTerminal && !Deno.noColor,
  };
}

/** The live view of a run, where standard error is a terminal too. */
async function loadView(): Promise<Pick<LessonRunOptions, "openView">> {
  const stderr = standardStream(Deno.stderr);
  if (!stderr.terminal) return {};
  const { LiveView } = await import("./terminal/live_view.ts");
  const stdout = standardStream(Deno.stdout);
  return { openView: (clock) => new LiveView({ stdout, stderr, clock }) };
}

/** Why there is no sandbox, if there is none. */
async function findNoSandbox(
  isolation: LabOptions["isolation"],
  machine: Machine | undefined,
): Promise<string | undefined> {
  if (machine === undefined) return undefined;
  if (isolation === "process") return "--isolation process";
  const report = await fromMachine(machine.report);
  return report.level === "sandbox" ? undefined : report.reason ?? "no namespaces";
}
