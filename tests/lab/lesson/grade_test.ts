/** Answers as they are typed, sights, and grades. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { gradeRun, isRight, parseAnswer } from "../../../src/lab/lesson/grade.ts";
import type { Question } from "../../../src/lab/lesson/lesson.ts";
import { cutAfter, type Sight, SightCount } from "../../../src/lab/lesson/sight.ts";
import type { RunEvent } from "../../../src/lifecycle/trace/log_event.ts";

const phases = { choices: ["Pending", "Running", "Succeeded"] };
const shown = { same: "与之前相同", new: "全新的" };
const typed: readonly [Pick<Question, "choices">, string, string | undefined][] = [
  [{}, "3", "3"],
  [{}, " 007 ", "7"],
  [{}, "３", "3"],
  [{}, "-1", undefined],
  [{}, "1.5", undefined],
  [{}, "1234567", undefined],
  [{}, "three", undefined],
  [{}, "", undefined],
  [phases, "1", "Pending"],
  [phases, "3", "Succeeded"],
  [phases, "0", undefined],
  [phases, "4", undefined],
  [phases, "running", "Running"],
  [phases, " SUCC ", "Succeeded"],
  [phases, "x", undefined],
  [phases, "", undefined],
  [phases, "__proto__", undefined],
  [{ choices: ["preStop", "pre"] }, "pre", "pre"],
  [{ choices: ["preStop", "preStart"] }, "pre", undefined],
  [{ choices: ["same", "new"] }, "全新的", "new"],
  [{ choices: ["same", "new"] }, "与之前", "same"],
  [{ choices: ["0", "1", "runs-on"] }, "1", "0"],
];
for (const [question, text, expected] of typed) {
  Deno.test(`parseAnswer(): ${JSON.stringify(text)} of ${question.choices ?? "numbers"}`, () =>
    equal(parseAnswer(question, text, shown), expected));
}

const event = (type: string, pod = "default/web") => ({ type, pod, at: 0 }) as unknown as RunEvent;

Deno.test("SightCount completes once, when the last sight has been seen as often as wanted", () => {
  const sights: Sight[] = [{ match: { type: "a" }, times: 2 }, {
    match: { type: "b", pod: "web" },
  }];
  const count = new SightCount(sights);
  const events = ["a", "b", "c", "a", "a", "b"].map((type) => event(type));
  deepEqual(events.map((it) => count.add(it)), [false, false, false, true, false, false]);
  deepEqual(cutAfter(events, sights), { events: events.slice(0, 4), isComplete: true });
});

Deno.test("without sights, or with one that does not come, all events count", () => {
  const events = [event("a"), event("b", "default/other")];
  deepEqual(cutAfter(events, []), { events, isComplete: false });
  const other: Sight[] = [{ match: { type: "b", pod: "web" } }];
  deepEqual(cutAfter(events, other), { events, isComplete: false });
});

const questions = {
  status: { observed: { type: "exitStatus" }, answer: "0", rule: "R-EXIT-1" },
  fact: { choices: ["a", "b"], answer: "b", rule: "R-EXIT-1" },
  written: {
    observed: { type: "output", container: "app", begin: "n:" },
    answer: "1",
    rule: "R-EXIT-1",
  },
} as const;

Deno.test("gradeRun() compares with the run, not with what the lesson expects", () => {
  const given = new Map([["status", "3"], ["fact", "b"]]);
  const grades = gradeRun({ questions }, given, { events: [], exitStatus: 3 }, { simulate: false });
  deepEqual(grades.map((it) => [it.name, isRight(it), it.seen?.answer]), [
    ["status", true, "3"],
    ["fact", true, "b"],
    ["written", false, undefined],
  ]);
});

Deno.test("gradeRun(): of a run that was cut, what is not yet right was not seen", () => {
  const grade = (exitStatus: number) =>
    gradeRun({ questions }, new Map(), { events: [], exitStatus }, { simulate: false, isCut: true })
      .map(({ seen }) => seen?.answer);
  deepEqual(grade(3), [undefined, "b", undefined]);
  deepEqual(grade(0), ["0", "b", undefined]);
});

Deno.test("gradeRun(): a simulation does not answer what programs write", () => {
  const grades = gradeRun({ questions }, new Map(), { events: [] }, { simulate: true });
  deepEqual(grades.map(({ name }) => name), ["status", "fact"]);
});
