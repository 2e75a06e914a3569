/** What a lesson says in one language; pure. */
import type { Lesson } from "./lesson.ts";

/** The languages of the lessons. */
export const LANGUAGES = ["en", "zh"] as const;

/** One of {@link LANGUAGES}. */
export type Language = typeof LANGUAGES[number];

/** The words of a lesson, with those of its questions by their names. */
export interface LessonText<Name extends string = string> {
  /** A few words. */
  readonly title: string;
  /** Paragraphs before the manifest. */
  readonly intro: readonly string[];
  /** Of each question. */
  readonly questions: Readonly<Record<Name, QuestionText>>;
  /** What to change in the manifest and run again. */
  readonly next: string;
}

/** The words of a question. */
export interface QuestionText {
  /** Ends with a question mark. */
  readonly ask: string;
  /** Why the right answer is right. */
  readonly why: string;
  /** What is shown for a choice that is not a word of Kubernetes. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** The lessons of a chapter, by their names. */
export type Lessons = Readonly<Record<string, Lesson>>;

/** The words of all lessons of a chapter: none may be missing. */
export type TextsOf<Chapter extends Lessons> = {
  readonly [Name in keyof Chapter]: LessonText<keyof Chapter[Name]["questions"] & string>;
};
