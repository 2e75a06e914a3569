import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { createMatcher, isEmptySelector, matchesSelector } from "../../src/api/label_selector.ts";
import type { LabelSelector } from "../../src/api/types/meta.ts";

const labels = { app: "web", tier: "front" };
const one = (operator: string, key: string, values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});

const cases: readonly [string, LabelSelector, boolean][] = [
  ["an empty selector selects everything", {}, true],
  ["a label", { matchLabels: { app: "web" } }, true],
  ["every label", { matchLabels: { app: "web", tier: "back" } }, false],
  ["a label that is not there", { matchLabels: { zone: "a" } }, false],
  ["a name that every object has", { matchLabels: { constructor: "a" } }, false],
  ["In", one("In", "app", ["api", "web"]), true],
  ["In without the label", one("In", "zone", ["a"]), false],
  ["NotIn", one("NotIn", "app", ["web"]), false],
  ["NotIn without the label", one("NotIn", "zone", ["a"]), true],
  ["Exists", one("Exists", "app"), true],
  ["Exists without the label", one("Exists", "zone"), false],
  ["DoesNotExist", one("DoesNotExist", "app"), false],
  ["DoesNotExist without the label", one("DoesNotExist", "toString"), true],
  ["labels and expressions", { matchLabels: { app: "web" }, ...one("Exists", "zone") }, false],
];

for (const [name, selector, expected] of cases) {
  Deno.test(`matchesSelector() ${name}`, () =>
    deepEqual(matchesSelector(selector, labels), expected));
}

Deno.test("isEmptySelector() empty lists and maps ask for nothing", () => {
  deepEqual(isEmptySelector({ matchLabels: {}, matchExpressions: [] }), true);
  deepEqual(isEmptySelector({ matchLabels: { a: "" } }), false);
});

Deno.test("createMatcher() looks at each object's own labels", () => {
  const matches = createMatcher({ matchLabels: { app: "web" } });
  const labels = [{ app: "web" }, { app: "web" }, { app: "api" }, undefined];
  deepEqual([...labels, labels[0], labels[0]].map(matches), [true, true, false, false, true, true]);
});
