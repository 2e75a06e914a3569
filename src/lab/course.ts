/** All lessons in their order, with their words; pure. */
import { endingChinese } from "./ending/chinese.ts";
import { endingEnglish } from "./ending/english.ts";
import { endingLessons } from "./ending/lessons.ts";
import type { Lesson } from "./lesson/lesson.ts";
import type { Language, LessonText } from "./lesson/lesson_text.ts";
import { lifecycleChinese } from "./lifecycle/chinese.ts";
import { lifecycleEnglish } from "./lifecycle/english.ts";
import { lifecycleLessons } from "./lifecycle/lessons.ts";
import { managedChinese } from "./managed/chinese.ts";
import { managedEnglish } from "./managed/english.ts";
import { managedLessons } from "./managed/lessons.ts";
import { restartChinese } from "./restarts/chinese.ts";
import { restartEnglish } from "./restarts/english.ts";
import { restartLessons } from "./restarts/lessons.ts";
import { sandboxChinese } from "./sandbox/chinese.ts";
import { sandboxEnglish } from "./sandbox/english.ts";
import { sandboxLessons } from "./sandbox/lessons.ts";

/** A lesson in its place. */
export interface CourseLesson {
  /** From 1. */
  readonly number: number;
  /** What is typed for it. */
  readonly name: string;
  readonly lesson: Lesson;
  readonly texts: Readonly<Record<Language, LessonText>>;
}

const lessons: Readonly<Record<string, Lesson>> = {
  ...sandboxLessons,
  ...lifecycleLessons,
  ...restartLessons,
  ...endingLessons,
  ...managedLessons,
};

const english: Readonly<Record<string, LessonText>> = {
  ...sandboxEnglish,
  ...lifecycleEnglish,
  ...restartEnglish,
  ...endingEnglish,
  ...managedEnglish,
};

const chinese: Readonly<Record<string, LessonText>> = {
  ...sandboxChinese,
  ...lifecycleChinese,
  ...restartChinese,
  ...endingChinese,
  ...managedChinese,
};

/** Every lesson, in order. */
export const course: readonly CourseLesson[] = Object.entries(lessons).map(
  ([name, lesson], index) => ({
    number: index + 1,
    name,
    lesson,
    texts: { en: english[name]!, zh: chinese[name]! },
  }),
);

/** The lesson of a number or name; undefined if there is none. */
export function findLesson(typed: string): CourseLesson | undefined {
  const word = typed.normalize("NFKC").trim().toLowerCase();
  return course.find(({ name, number }) => name === word || String(number) === word);
}
