/** Lessons with a learner on a terminal. */
import { type CourseLesson, findLesson } from "../../lab/course.ts";
import { gradeRun, parseAnswer, type Predictions } from "../../lab/lesson/grade.ts";
import { shownManifest } from "../../lab/lesson/lesson.ts";
import { escapeControls } from "../../base/control_characters.ts";
import type { Dialog, SignalWatch } from "./dialog.ts";
import { editText } from "./editor.ts";
import { type LessonRunOptions, runLesson, shownOptions } from "./lesson_run.ts";
import {
  formatGrades,
  formatIntro,
  formatList,
  formatNext,
  formatQuestion,
  formatRun,
  type PageForm,
} from "./page.ts";

/** What a session needs. */
export interface SessionOptions {
  readonly course: readonly CourseLesson[];
  readonly dialog: Dialog;
  readonly watch: SignalWatch;
  /** Looked at for each page, since a terminal changes its size. */
  readonly readForm: () => PageForm;
  readonly run: LessonRunOptions;
  /** Why this machine or run has no sandbox; undefined if it has one. */
  readonly noSandbox: string | undefined;
}

/** What a learner wants after a lesson. */
type Choice = "next" | "again" | "edit" | "list";

/** A learner who goes from lesson to lesson until one leaves. */
export class Session {
  readonly #options: SessionOptions;

  /** Nothing is printed yet. */
  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * Begins with a lesson, or with the list, and never ends by itself.
   *
   * @param first the lesson to begin with.
   * @param manifest runs in the place of the first lesson's own.
   * @throws {Left}
   */
  async go(first: CourseLesson | undefined, manifest?: string): Promise<never> {
    let lesson = first ?? await this.#chooseLesson();
    let edited = manifest;
    for (;;) {
      const choice = await this.#teach(lesson, edited);
      const next = this.#options.course[lesson.number];
      if (choice === "edit") edited = await this.#edit(lesson, edited);
      else if (choice !== "again") {
        edited = undefined;
        lesson = choice === "next" && next !== undefined ? next : await this.#chooseLesson();
      }
    }
  }

  async #chooseLesson(): Promise<CourseLesson> {
    const { course, dialog, readForm } = this.#options;
    const { words } = readForm();
    await dialog.say([...formatList(course, readForm()), ""]);
    for (;;) {
      const typed = await dialog.ask(words.listPrompt);
      const found = typed === "" ? course[0] : findLesson(typed);
      if (found !== undefined) return found;
      await dialog.say([words.noSuchLesson(quote(typed))]);
    }
  }

  /** One round of a lesson. */
  async #teach(lesson: CourseLesson, manifest: string | undefined): Promise<Choice> {
    const { course, dialog, readForm, run, noSandbox, watch } = this.#options;
    const options = shownOptions(lesson.lesson, run);
    const form = readForm();
    const intro = { count: course.length, manifest, options };
    await dialog.say(["", ...formatIntro(lesson, intro, form)]);
    if (lesson.lesson.needsSandbox && noSandbox !== undefined) {
      await dialog.say([form.words.needsSandbox(noSandbox), ""]);
      return await this.#askChoice(lesson);
    }
    const predictions = await this.#askPredictions(lesson, form);
    const { speed = lesson.lesson.speed } = run;
    await dialog.say([
      "",
      run.machine === undefined ? form.words.simulating : form.words.running(String(speed)),
      "",
    ]);
    const stop = new AbortController();
    const text = lesson.texts[form.language];
    const shown = manifest ?? lesson.lesson.manifest;
    const signals = { leave: watch.signal, stop: stop.signal };
    const outcome = await dialog.during(
      runLesson(lesson.lesson, shown, run, signals),
      () => stop.abort(),
    );
    watch.check();
    const isEdited = manifest !== undefined;
    const { isLimited } = outcome;
    const grades = gradeRun(lesson.lesson, predictions, outcome, {
      simulate: run.machine === undefined,
      isCut: isLimited && !isEdited,
    });
    await dialog.say([
      ...formatRun(outcome, readForm()),
      ...formatGrades(grades, text, { isEdited, isLimited, speed }, readForm()),
      ...formatNext(text, readForm()),
    ]);
    return await this.#askChoice(lesson);
  }

  async #askPredictions(
    { lesson, texts }: CourseLesson,
    form: PageForm,
  ): Promise<Predictions> {
    const { dialog } = this.#options;
    const { words } = form;
    const predictions = new Map<string, string>();
    await dialog.say([words.predictions, words.predictionHint]);
    for (const [index, [name, question]] of Object.entries(lesson.questions).entries()) {
      const text = texts[form.language].questions[name]!;
      await dialog.say(["", ...formatQuestion(question, text, `${index + 1}.`, form)]);
      const prompt = question.choices === undefined
        ? words.numberPrompt
        : words.choicePrompt(question.choices.length);
      for (;;) {
        const typed = await dialog.ask(`   ${prompt}`);
        if (typed === "") break;
        const answer = parseAnswer(question, typed, text.choices);
        if (answer !== undefined) {
          predictions.set(name, answer);
          break;
        }
        await dialog.say([`   ${words.notAnswer(quote(typed))}`]);
      }
    }
    return predictions;
  }

  async #askChoice({ number }: CourseLesson): Promise<Choice> {
    const { course, dialog, readForm } = this.#options;
    const { words } = readForm();
    const next = course[number]?.name;
    await dialog.say([
      "",
      ...next === undefined ? [words.finished] : [],
      ...words.menu(next),
    ]);
    for (;;) {
      const typed = (await dialog.ask("> ")).normalize("NFKC").toLowerCase();
      const choice = ({ "": "next", n: "next", a: "again", e: "edit", l: "list" } as const)[typed];
      if (choice !== undefined) return choice;
      await dialog.say([words.notAnswer(quote(typed))]);
    }
  }

  /** The manifest after an edit; the same as before if it failed or was left as it was. */
  async #edit(
    { lesson, name }: CourseLesson,
    manifest: string | undefined,
  ): Promise<string | undefined> {
    const { dialog, watch, readForm } = this.#options;
    const before = manifest ?? shownManifest(lesson);
    const after = await editText(before, { name, dialog, watch, words: readForm().words });
    return after === undefined || after === shownManifest(lesson) ? manifest : after;
  }
}

/** What was typed, so that it cannot steer the terminal. */
function quote(typed: string): string {
  return `"${escapeControls(typed.slice(0, 60))}"`;
}
