/** The text of a lesson, as wide as the terminal; pure. */
import { escapeControls } from "../../base/control_characters.ts";
import { ownValue } from "../../base/plain_data.ts";
import type { CourseLesson } from "../../lab/course.ts";
import { type Grade, isRight } from "../../lab/lesson/grade.ts";
import { applyChange, type Question, shownManifest } from "../../lab/lesson/lesson.ts";
import type { Language, LessonText, QuestionText } from "../../lab/lesson/lesson_text.ts";
import type { SeenRun } from "../../lab/lesson/observation.ts";
import { chineseRules } from "../../lab/words/chinese_rules.ts";
import type { LabWords } from "../../lab/words/words.ts";
import { rules } from "../../report/rules.ts";
import { computeTimeline } from "../../report/timeline/timeline.ts";
import { formatPairs, wrapText } from "../terminal/wide_text.ts";
import { drawText } from "../../report/timeline/text_drawing.ts";
import { paintLine } from "../terminal/painted_line.ts";

/** How a page looks. */
export interface PageForm {
  readonly language: Language;
  readonly words: LabWords;
  /** Columns of a line. */
  readonly columns: number;
  readonly hasColour: boolean;
}

/** A line of text is no longer than this, for reading. */
const WIDEST_TEXT = 88;
/** More lines of output than these are left out. */
const MOST_OUTPUT = 12;

/** How a piece of text looks. */
export type Style = "bold" | "dim" | "green" | "red";
const STYLES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, green: 32, red: 31 };

/** A text in a style, where there are colours. */
export function styled(text: string, style: Style, { hasColour }: PageForm): string {
  return hasColour ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
}

const proseWidth = ({ columns }: PageForm) => Math.min(columns, WIDEST_TEXT);

function indent(text: string, depth: number, form: PageForm): string[] {
  return wrapText(text, Math.max(proseWidth(form) - depth, 16))
    .map((line) => " ".repeat(depth) + line);
}

/** The lessons in columns. */
export function formatList(course: readonly CourseLesson[], form: PageForm): string[] {
  const nameWidth = Math.max(...course.map(({ name }) => name.length));
  const rows = course.map(({ number, name, texts }) =>
    [
      `${String(number).padStart(4)}  ${name.padEnd(nameWidth)}`,
      texts[form.language].title,
    ] as const
  );
  return [
    ...wrapText(form.words.listTitle, form.columns).map((it) => styled(it, "bold", form)),
    "",
    ...formatPairs(rows, form.columns),
  ];
}

/** What a lesson is about, with its manifest. */
export function formatIntro(
  { number, name, lesson, texts }: CourseLesson,
  { count, manifest, options }: {
    readonly count: number;
    /** An edited one. */
    readonly manifest: string | undefined;
    /** What is typed for the same run. */
    readonly options: readonly string[];
  },
  form: PageForm,
): string[] {
  const { words } = form;
  const text = texts[form.language];
  const shown = manifest === undefined ? shownManifest(lesson) : escapeLines(manifest);
  return [
    styled(words.heading(number, count, name), "dim", form),
    ...indent(text.title, 0, form).map((it) => styled(it, "bold", form)),
    ...text.intro.flatMap((it) => ["", ...indent(it, 0, form)]),
    "",
    styled(`── ${words.manifest} ──`, "dim", form),
    ...shown.trimEnd().split("\n"),
    ...(lesson.applies ?? []).flatMap((it) => [
      styled(`── ${words.applied(it.at)} ──`, "dim", form),
      ...changedLines(shown, applyChange(shown, it)),
    ]),
    styled("──", "dim", form),
    ...indent(words.changes(options), 0, form).map((it) => styled(it, "dim", form)),
    "",
  ];
}

/** The lines of the new version that differ; a change keeps the number of lines. */
function changedLines(before: string, after: string): string[] {
  const old = before.split("\n");
  return after.split("\n").filter((line, index) => line !== old[index]);
}

/** Someone's file: its lines stay lines, and nothing in it steers the terminal. */
function escapeLines(text: string): string {
  return text.split("\n").map((line) => escapeControls(line.replace(/\r$/, ""))).join("\n");
}

/** A question with its choices. */
export function formatQuestion(
  question: Question,
  text: QuestionText,
  place: string,
  form: PageForm,
): string[] {
  const [first = "", ...rest] = indent(text.ask, place.length + 1, form);
  return [
    `${place} ${first.trimStart()}`,
    ...rest,
    ...formatPairs(
      (question.choices ?? []).map((choice, index) =>
        [String(index + 1).padStart(place.length + 3), showAnswer(choice, text)] as const
      ),
      form.columns,
    ),
  ];
}

/** An answer as it is shown. */
export function showAnswer(answer: string, text: QuestionText | undefined): string {
  return escapeControls(ownValue(text?.choices ?? {}, answer) ?? answer);
}

/** What happened: output and timeline. */
export function formatRun(
  { events, errors, isLimited }: SeenRun & {
    readonly errors: readonly string[];
    readonly isLimited: boolean;
  },
  form: PageForm,
): string[] {
  const { words } = form;
  const log = events.flatMap((it) =>
    it.type === "log" ? [`[${it.pod.split("/")[1]}/${it.container}] ${it.line}`] : []
  );
  const lines = log.slice(0, MOST_OUTPUT).map(escapeControls);
  const more = log.length - lines.length;
  const timeline = computeTimeline(events);
  const title = (text: string) => styled(`── ${text} ──`, "dim", form);
  return [
    ...lines.length === 0 ? [] : [title(words.output), ...lines],
    ...more > 0 ? [words.moreLines(more)] : [],
    title(words.happened),
    ...timeline.groups.length === 0
      ? [words.nothingHappened, ...errors.map(escapeControls)]
      : drawText(timeline, form.columns).map((line) => paintLine(line, form.hasColour)),
    ...isLimited ? indent(words.limited, 0, form) : [],
    "",
  ];
}

/** Predictions and what happened, each with its rule. */
export function formatGrades(
  grades: readonly Grade[],
  text: LessonText,
  { isEdited, isLimited, speed }: {
    readonly isEdited: boolean;
    readonly isLimited: boolean;
    readonly speed: number;
  },
  form: PageForm,
): string[] {
  const { words } = form;
  const explained = new Map<string, number>();
  const differs = !isEdited && !isLimited &&
    grades.some(({ seen, question }) => seen?.answer !== question.answer);
  const asked = grades.filter(({ predicted, seen }) =>
    predicted !== undefined && (seen !== undefined || !isLimited)
  );
  return [
    styled(`── ${words.grades} ──`, "dim", form),
    ...isEdited ? indent(words.edited, 0, form) : [],
    ...grades.flatMap((grade, index) =>
      formatGrade(grade, ownValue(text.questions, grade.name), {
        number: index + 1,
        isEdited,
        isLimited,
        explained,
        form,
      })
    ),
    "",
    ...differs ? [...indent(words.differs(String(speed)), 0, form), ""] : [],
    ...asked.length === 0 ? [] : [words.score(asked.filter(isRight).length, asked.length)],
  ];
}

function formatGrade(
  grade: Grade,
  text: QuestionText | undefined,
  { number, isEdited, isLimited, explained, form }: {
    /** From 1. */
    readonly number: number;
    readonly isEdited: boolean;
    readonly isLimited: boolean;
    /** The rules above, with the numbers of their questions. */
    readonly explained: Map<string, number>;
    readonly form: PageForm;
  },
): string[] {
  const { words } = form;
  const place = `${number}.`;
  const { predicted, seen, question } = grade;
  const answer = seen === undefined ? words.unseen : showAnswer(seen.answer, text);
  const verdict = predicted === undefined
    ? styled(words.noPrediction, "dim", form)
    : isRight(grade)
    ? styled(`✓ ${words.right}`, "green", form)
    : seen === undefined && isLimited
    ? styled(words.wrong(showAnswer(predicted, text)), "dim", form)
    : styled(`✗ ${words.wrong(showAnswer(predicted, text))}`, "red", form);
  const known = question.observed === undefined ? ` (${words.notShown})` : "";
  const [first = "", ...rest] = indent(text?.ask ?? grade.name, place.length + 1, form);
  const { reason, rule } = explain(grade, text, isEdited, form);
  const before = rule === undefined ? undefined : explained.get(rule);
  if (rule !== undefined && before === undefined) explained.set(rule, number);
  const reasons = [
    ...reason === undefined ? [] : [reason],
    ...rule === undefined
      ? []
      : [before === undefined ? formatRule(rule, form) : words.sameRule(rule, before)],
  ];
  return [
    ...number === 1 ? [] : [""],
    `${place} ${first.trimStart()}`,
    ...rest,
    `${" ".repeat(place.length + 1)}${styled(answer, "bold", form)}${known}  ${verdict}`,
    ...reasons.flatMap((it) => indent(it, place.length + 1, form)),
  ];
}

/** The reason and the rule: the lesson's, or of an edited manifest those that the run gives. */
function explain(
  { question, seen }: Grade,
  text: QuestionText | undefined,
  isEdited: boolean,
  { words }: PageForm,
): { readonly reason?: string; readonly rule?: string } {
  if (!isEdited && seen?.answer === question.answer) {
    return { ...text !== undefined && { reason: text.why }, rule: question.rule };
  }
  const event = seen?.event;
  if (event === undefined || !("because" in event) || event.because === undefined) return {};
  const reason = words.because(escapeControls(event.because));
  return { reason, ...event.rule !== undefined && { rule: event.rule } };
}

/** A rule in a language; in English where there is no other sentence. */
function formatRule(id: string, { language, words }: PageForm): string {
  const chinese = language === "zh" ? ownValue(chineseRules, id) : undefined;
  return words.rule(id, chinese ?? ownValue(rules, id)?.text ?? "");
}

/** What to change next. */
export function formatNext({ next }: LessonText, form: PageForm): string[] {
  return ["", ...indent(form.words.tryNext(next), 0, form)];
}
