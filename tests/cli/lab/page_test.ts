/** Pages of lessons fit the terminal, in both languages. */
import { deepStrictEqual as deepEqual, doesNotMatch, match, ok } from "node:assert/strict";
import {
  formatGrades,
  formatIntro,
  formatList,
  formatNext,
  formatQuestion,
  formatRun,
  type PageForm,
} from "../../../src/cli/lab/page.ts";
import { widthOf } from "../../../src/cli/terminal/wide_text.ts";
import { course } from "../../../src/lab/course.ts";
import { gradeRun, rightAnswers } from "../../../src/lab/lesson/grade.ts";
import { applyChange, shownManifest } from "../../../src/lab/lesson/lesson.ts";
import { chineseWords } from "../../../src/lab/words/chinese.ts";
import { englishWords } from "../../../src/lab/words/english.ts";
import type { RunEvent } from "../../../src/lifecycle/trace/log_event.ts";

const formOf = (language: "en" | "zh", columns: number, hasColour = false): PageForm => ({
  language,
  words: language === "zh" ? chineseWords : englishWords,
  columns,
  hasColour,
});

for (const language of ["en", "zh"] as const) {
  for (const columns of [40, 80]) {
    Deno.test(`every page fits ${columns} columns: ${language}`, () => {
      const form = formOf(language, columns);
      const lines = course.flatMap((it) => {
        const { lesson, texts } = it;
        const run = { events: [] };
        const answers = rightAnswers(lesson.questions);
        const grades = gradeRun(lesson, answers, run, { simulate: false });
        const intro = { count: course.length, manifest: undefined, options: ["--speed", "20"] };
        const shown = shownManifest(lesson);
        const changed = (lesson.applies ?? []).map((change) => applyChange(shown, change));
        const manifest = new Set([shown, ...changed].flatMap((text) => text.split("\n")));
        return [
          ...formatIntro(it, intro, form).filter((line) => !manifest.has(line)),
          ...Object.entries(lesson.questions).flatMap(([name, question]) =>
            formatQuestion(question, texts[language].questions[name]!, "1.", form)
          ),
          ...formatNext(texts[language], form),
          // The line of an answer, with what was predicted, may be longer.
          ...formatGrades(
            grades,
            texts[language],
            { isEdited: false, isLimited: false, speed: 20 },
            form,
          )
            .filter((line) => !/[✗✓]/.test(line)),
        ];
      });
      ok(lines.length > 500);
      const isWord = (line: string) => !/\S\s+\S.*\s\S/.test(line.trim());
      const wide = [...formatList(course, form), ...lines]
        .filter((line) => widthOf(line) > columns && !isWord(line));
      deepEqual(wide, []);
    });
  }
}

Deno.test("colours are there only where they are wanted", () => {
  const list = (hasColour: boolean) => formatList(course, formOf("en", 80, hasColour)).join("\n");
  // deno-lint-ignore no-control-regex
  doesNotMatch(list(false), /\x1b/);
  // deno-lint-ignore no-control-regex
  match(list(true), /\x1b\[1m/);
});

Deno.test("nothing that a manifest or a program writes steers the terminal", () => {
  const form = formOf("en", 80);
  const [lesson] = course;
  const evil = "\x1b[2J\x07\r\u202e";
  const log = { type: "log", at: 0, uid: "1", pod: "default/web", container: "app", line: evil };
  const started = {
    ...{ type: "container.started", at: 0, uid: "1", pod: `default/${evil}`, container: "app" },
    ...{ role: "app", restartCount: 0, pid: 1, message: evil, because: evil, rule: "R-ACT-3" },
  };
  const events = [log, started] as unknown as RunEvent[];
  const lines = [
    ...formatIntro(lesson!, { count: 1, manifest: `a: ${evil}\nb`, options: [] }, form),
    ...formatRun({ events, errors: [evil], isLimited: false }, form),
    ...formatRun({ events: [], errors: [evil], isLimited: false }, form),
  ];
  // deno-lint-ignore no-control-regex
  doesNotMatch(lines.join("\n"), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

Deno.test("what a run that was cut did not come to is neither right nor wrong", () => {
  const lesson = course.find(({ name }) => name === "phases")!;
  const questions = lesson.lesson.questions;
  const grades = gradeRun(lesson.lesson, rightAnswers(questions), { events: [] }, {
    simulate: false,
    isCut: true,
  });
  const known = Object.values(questions).filter(({ observed }) => observed === undefined).length;
  for (const language of ["en", "zh"] as const) {
    const form = formOf(language, 80);
    const shown = { isEdited: false, isLimited: true, speed: 20 };
    const lines = formatGrades(grades, lesson.texts[language], shown, form);
    doesNotMatch(lines.join("\n"), /✗/);
    deepEqual(lines.at(-1), form.words.score(known, known));
  }
});
