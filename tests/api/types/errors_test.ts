import { strictEqual as equal } from "node:assert/strict";
import {
  duplicate,
  forbidden,
  formatFieldError,
  formatInvalidObject,
  invalid,
  InvalidObjectError,
  nearestName,
  notFound,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "../../../src/api/types/errors.ts";

const messages = [
  [required("spec.containers"), "spec.containers: Required value"],
  [required("a", "must be specified"), "a: Required value: must be specified"],
  [invalid("a", "X", "must be unique"), 'a: Invalid value: "X": must be unique'],
  [invalid("a", 0, "must be positive"), "a: Invalid value: 0: must be positive"],
  [invalid("a", true, "no"), "a: Invalid value: true: no"],
  [invalid("a", { b: [1] }, "no"), 'a: Invalid value: {"b":[1]}: no'],
  [invalid("a", undefined, "no"), "a: Invalid value: null: no"],
  [
    notSupported("a", "X", ["Always", "Never"]),
    'a: Unsupported value: "X": supported values: "Always", "Never"',
  ],
  [
    notSupported("a", "always", ["Always", "Never"]),
    'a: Unsupported value: "always": supported values: "Always", "Never" (did you mean "Always"?)',
  ],
  [duplicate("a", "web"), 'a: Duplicate value: "web"'],
  [notFound("a", "data"), 'a: Not found: "data"'],
  [forbidden("a", "cannot be set on create"), "a: Forbidden: cannot be set on create"],
  [tooLong("a", 64), "a: Too long: may not be more than 64 bytes"],
  [tooMany("a", 21, 20), "a: Too many: 21: must have at most 20 items"],
] as const;

for (const [error, expected] of messages) {
  Deno.test(`formatFieldError() prints ${expected} (R-VALID-2)`, () => {
    equal(formatFieldError(error), expected);
  });
}

Deno.test("formatInvalidObject() puts one error on the line and several below, once each (R-VALID-3)", () => {
  equal(
    formatInvalidObject('Pod "a"', [required("b")]),
    'The Pod "a" is invalid: b: Required value',
  );
  equal(
    formatInvalidObject('Pod "a"', [required("b"), required("b"), required("c")]),
    'The Pod "a" is invalid: \n* b: Required value\n* c: Required value',
  );
});

Deno.test("InvalidObjectError has kubectl's message, and the API server's", () => {
  const object = { kind: "Job", qualifiedKind: "Job.batch", name: "a" };
  const one = new InvalidObjectError(object, [required("b")]);
  equal(one.errors.length, 1);
  equal(one.message, 'The Job "a" is invalid: b: Required value');
  equal(one.serverMessage, 'Job.batch "a" is invalid: b: Required value');
  const two = new InvalidObjectError(object, [required("b"), required("c")]);
  equal(two.serverMessage, 'Job.batch "a" is invalid: [b: Required value, c: Required value]');
});

const names = [
  ["contianers", "containers"],
  ["Containers", "containers"],
  ["containres", "containers"],
  ["initcontainers", "initContainers"],
  ["imag", "image"],
  ["imge", "image"],
  ["tti", "tty"],
  ["abc", undefined],
  ["xyzzy", undefined],
  ["", undefined],
] as const;

for (const [name, expected] of names) {
  Deno.test(`nearestName() takes ${JSON.stringify(name)} for ${expected}`, () => {
    equal(nearestName(name, ["containers", "initContainers", "image", "tty"]), expected);
  });
}
