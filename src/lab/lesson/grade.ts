/** From what a person types to an answer, and from predictions and a run to grades; pure. */
import { type Lesson, needsPrograms, type Question } from "./lesson.ts";
import type { QuestionText } from "./lesson_text.ts";
import { observe, type Seen, type SeenRun } from "./observation.ts";

/** What someone expects, by the names of the questions. */
export type Predictions = ReadonlyMap<string, string>;

/** What was predicted and what happened. */
export interface Grade {
  /** The question's name in its lesson. */
  readonly name: string;
  readonly question: Question;
  /** Undefined: none was made. */
  readonly predicted?: string;
  /** Undefined: the run did not come to that. */
  readonly seen?: Seen;
}

/** Whether a prediction came true. */
export function isRight({ predicted, seen }: Grade): boolean {
  return predicted !== undefined && predicted === seen?.answer;
}

/**
 * Reads an answer: a number; or a choice by its place from 1, its word or its text, in any letter
 * case, or by a beginning that only one choice has.
 *
 * @returns undefined if it is none.
 */
export function parseAnswer(
  { choices }: Pick<Question, "choices">,
  text: string,
  shown: QuestionText["choices"] = {},
): string | undefined {
  const typed = text.normalize("NFKC").trim().toLowerCase();
  if (typed === "") return undefined;
  if (choices === undefined) return /^\d{1,6}$/.test(typed) ? String(Number(typed)) : undefined;
  if (/^\d{1,6}$/.test(typed)) return choices[Number(typed) - 1];
  const forms = choices.map((word) => [word, shown[word] ?? word].map((it) => it.toLowerCase()));
  const exact = forms.findIndex((it) => it.includes(typed));
  if (exact >= 0) return choices[exact];
  const begun = choices.filter((_, index) => forms[index]!.some((it) => it.startsWith(typed)));
  return begun.length === 1 ? begun[0] : undefined;
}

/**
 * The grades of a run, in the order of the questions; a simulation answers only those that need no
 * real programs.
 *
 * @param isCut the lesson's own manifest was ended early: what is not yet as the lesson says counts
 * as not seen.
 */
export function gradeRun(
  { questions }: Pick<Lesson, "questions">,
  predictions: Predictions,
  run: SeenRun,
  { simulate, isCut = false }: { readonly simulate: boolean; readonly isCut?: boolean },
): Grade[] {
  const answered = Object.entries(questions).filter(([, it]) => !simulate || !needsPrograms(it));
  return answered.map(([name, question]) => {
    const predicted = predictions.get(name);
    // What no run can show is so in any run.
    const found = question.observed === undefined
      ? { answer: question.answer }
      : observe(question.observed, run);
    const seen = isCut && found?.answer !== question.answer ? undefined : found;
    return {
      name,
      question,
      ...(predicted !== undefined && { predicted }),
      ...(seen !== undefined && { seen }),
    };
  });
}

/** The right answers. */
export function rightAnswers(questions: Lesson["questions"]): Predictions {
  return new Map(Object.entries(questions).map(([name, { answer }]) => [name, answer]));
}
