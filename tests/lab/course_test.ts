/**
 * Every lesson is complete in both languages, and its manifest is valid. What lessons teach beside
 * other tests: R-SANDBOX-11, R-SANDBOX-12, R-VOL-11; `tests/timing/lab_test.ts` runs them.
 */
import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";
import { checkDocuments, findWarnings, loadManifests } from "../../src/cli/manifest/manifests.ts";
import { course, findLesson } from "../../src/lab/course.ts";
import { parseAnswer } from "../../src/lab/lesson/grade.ts";
import { applyChange, shownManifest } from "../../src/lab/lesson/lesson.ts";
import { LANGUAGES, type LessonText } from "../../src/lab/lesson/lesson_text.ts";
import { chineseRules } from "../../src/lab/words/chinese_rules.ts";
import { rules } from "../../src/report/rules.ts";
import { readSourceFiles } from "../support/sources.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

const questions = course.flatMap(({ name, lesson, texts }) =>
  Object.entries(lesson.questions).map(([question, it]) => ({
    id: `${name}.${question}`,
    question: it,
    texts: LANGUAGES.map((language) => texts[language].questions[question]!),
  }))
);

Deno.test("there are lessons, each with a name of its own", () => {
  ok(course.length >= 12 && questions.length > 60);
  deepEqual(new Set(course.map(({ name }) => name)).size, course.length);
  for (const lesson of course) {
    match(lesson.name, /^[a-z]+(-[a-z]+)*$/);
    deepEqual(findLesson(lesson.name.toUpperCase()), lesson);
    deepEqual(findLesson(String(lesson.number)), lesson);
  }
  deepEqual(findLesson("0"), undefined);
});

Deno.test("every right answer can be typed", () => {
  const wrong = questions.filter(({ question, texts }) =>
    parseAnswer(question, question.answer) !== question.answer && !(
        // A choice that is a number is typed by its place.
        question.choices?.includes(question.answer) && /^\d+$/.test(question.answer)
      ) ||
    texts.some(({ choices }) =>
      Object.keys(choices ?? {}).some((it) => !question.choices?.includes(it))
    )
  );
  deepEqual(wrong.map(({ id }) => id), []);
});

Deno.test("every lesson has all words in both languages", () => {
  for (const { name, lesson, texts } of course) {
    for (const language of LANGUAGES) {
      const text = texts[language];
      deepEqual(Object.keys(text.questions), Object.keys(lesson.questions), name);
      ok(text.title && text.intro.length > 0 && text.next, name);
    }
    // What has words in one language has words in the other.
    for (const question of Object.keys(lesson.questions)) {
      const [en, zh] = LANGUAGES.map((it) =>
        Object.keys(texts[it].questions[question]!.choices ?? {})
      );
      deepEqual(en, zh, `${name}.${question}`);
    }
  }
});

/** All texts of a lesson. */
function wordsOf({ title, intro, questions, next }: LessonText): string[] {
  return [
    title,
    next,
    ...intro,
    ...Object.values(questions).flatMap(({ ask, why, choices }) => [
      ask,
      why,
      ...Object.values(choices ?? {}),
    ]),
  ];
}

Deno.test("English texts are English, Chinese ones Chinese, with Chinese marks", () => {
  const english = course.flatMap(({ texts }) => wordsOf(texts.en));
  const chinese = course.flatMap(({ texts }) => wordsOf(texts.zh));
  deepEqual(english.filter((it) => it === "" || /\p{Script=Han}/u.test(it)), []);
  const isFormula = (it: string) => /^[\d +N。]+$/.test(it);
  deepEqual(chinese.filter((it) => !/\p{Script=Han}/u.test(it) && !isFormula(it)), []);
  const halfWidth = /\p{Script=Han}[,.;:?!]|[,;?!]\p{Script=Han}/u;
  const crowded = /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u;
  const all = [...chinese, ...Object.values(chineseRules)];
  deepEqual(all.filter((it) => halfWidth.test(it) || crowded.test(it)), []);
});

Deno.test("every question ends as one, in both languages", () => {
  const wrong = questions.filter(({ texts: [en, zh] }) =>
    !/\?( \([^)]+\))?$/.test(en!.ask) || !/？(（[^）]+）)?$/.test(zh!.ask)
  );
  deepEqual(wrong.map(({ id }) => id), []);
});

Deno.test("every rule that a lesson names is there, and has a Chinese sentence", () => {
  const named = new Set(questions.map(({ question }) => question.rule));
  deepEqual([...named].filter((rule) => rules[rule] === undefined), []);
  deepEqual(Object.keys(chineseRules).toSorted(), [...named].toSorted());
});

Deno.test("every change that is applied changes one line of its manifest", () => {
  const changing = course.filter(({ lesson }) => lesson.applies !== undefined);
  ok(changing.length >= 2);
  for (const { lesson: { manifest, applies = [] } } of changing) {
    for (const change of applies) {
      const lines = applyChange(manifest, change).split("\n");
      deepEqual(manifest.split("\n").filter((line, index) => line !== lines[index]).length, 1);
    }
  }
});

Deno.test("every manifest is valid, without a warning, and in a lesson", async () => {
  const files = readSourceFiles("src/lab").filter(({ path }) => path.endsWith(".yaml"));
  const used = course.map(({ lesson }) => lesson.manifest);
  deepEqual(files.map(({ text }) => text).toSorted(), used.toSorted());
  for (const { path, text } of files) {
    const { documents, errors } = await loadManifests([path], ROOT);
    // What lesson deployment-policy is about (R-VALID-82).
    const expected = path.endsWith("/deployment_policy.yaml")
      ? ["spec.template.spec.restartPolicy"]
      : [];
    const found = [...errors, ...checkDocuments(documents)].map(({ field }) => field);
    deepEqual([path, found, findWarnings(documents)], [path, expected, []]);
    match(shownManifest({ manifest: text }), /^apiVersion: /);
    deepEqual(text.split("\n").filter((line) => line.length > 78), []);
  }
});
