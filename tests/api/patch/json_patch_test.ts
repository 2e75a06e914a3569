/** JSON patches and merge patches: the examples of RFC 6902 (appendix A) and RFC 7396. */
import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { applyJsonPatch } from "../../../src/api/patch/json_patch.ts";
import { applyMergePatch } from "../../../src/api/patch/merge_patch.ts";

const rows: readonly [string, unknown, unknown, unknown][] = [
  ["A.1 add a member", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], {
    foo: "bar",
    baz: "qux",
  }],
  ["A.2 add an item", { foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], {
    foo: ["bar", "qux", "baz"],
  }],
  ["A.3 remove a member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], {
    foo: "bar",
  }],
  ["A.4 remove an item", { foo: [1, 2, 3] }, [{ op: "remove", path: "/foo/1" }], { foo: [1, 3] }],
  ["A.5 replace", { baz: "qux" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo" }],
  ["A.6 move", { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } }, [
    { op: "move", from: "/foo/waldo", path: "/qux/thud" },
  ], { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } }],
  ["A.7 move an item", { foo: ["all", "grass", "cows", "eat"] }, [
    { op: "move", from: "/foo/1", path: "/foo/3" },
  ], { foo: ["all", "cows", "eat", "grass"] }],
  ["A.8 test", { baz: "qux", foo: ["a", 2, "c"] }, [
    { op: "test", path: "/baz", value: "qux" },
    { op: "test", path: "/foo/1", value: 2 },
  ], { baz: "qux", foo: ["a", 2, "c"] }],
  ["A.14 escapes", { "/": 9, "~1": 10 }, [{ op: "replace", path: "/~01", value: 11 }], {
    "/": 9,
    "~1": 11,
  }],
  ["A.16 add to the end", { foo: ["bar"] }, [{ op: "add", path: "/foo/-", value: ["a"] }], {
    foo: ["bar", ["a"]],
  }],
  ["copy", { a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/c" }], { a: { b: 1 }, c: { b: 1 } }],
  ["the whole document", { a: 1 }, [{ op: "replace", path: "", value: 2 }], 2],
  [
    "keys that every object has",
    {},
    [{ op: "add", path: "/__proto__", value: 1 }],
    JSON.parse('{"__proto__":1}'),
  ],
];
for (const [what, target, patch, expected] of rows) {
  Deno.test(`applyJsonPatch() ${what}`, () => deepEqual(applyJsonPatch(target, patch), expected));
}

const refused: readonly [string, unknown, unknown, "malformed" | "inapplicable"][] = [
  ["a patch that is not a list", {}, {}, "malformed"],
  ["an operation that is not an object", {}, [1], "malformed"],
  ["an operation that there is not", {}, [{ op: "shred", path: "/a" }], "malformed"],
  ["a path that is not a pointer", {}, [{ op: "remove", path: "a" }], "malformed"],
  ["no value", {}, [{ op: "add", path: "/a" }], "malformed"],
  ["A.9 a test that fails", { a: 1 }, [{ op: "test", path: "/a", value: 2 }], "inapplicable"],
  ["A.12 a parent that is not there", {}, [{ op: "add", path: "/a/b", value: 1 }], "inapplicable"],
  ["a member that is not there", {}, [{ op: "remove", path: "/a" }], "inapplicable"],
  ["an index behind the end", { a: [1] }, [{ op: "add", path: "/a/2", value: 1 }], "inapplicable"],
  ["an index with zeros", { a: [1, 2] }, [{ op: "remove", path: "/a/01" }], "inapplicable"],
  ["a value that has no parts", { a: 1 }, [{ op: "add", path: "/a/b", value: 1 }], "inapplicable"],
];
for (const [what, target, patch, reason] of refused) {
  Deno.test(`applyJsonPatch() refuses ${what}`, () =>
    throws(() => applyJsonPatch(target, patch), { name: "PatchError", reason }));
}

Deno.test("applyJsonPatch() leaves the target as it is", () => {
  const target = Object.freeze({ a: Object.freeze([Object.freeze({ b: 1 })]) });
  deepEqual(applyJsonPatch(target, [{ op: "replace", path: "/a/0/b", value: 2 }]), {
    a: [{ b: 2 }],
  });
});

const merges: readonly [unknown, unknown, unknown][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [["a", "b"], ["c", "d"], ["c", "d"]],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];
for (const [target, patch, expected] of merges) {
  Deno.test(`applyMergePatch() ${JSON.stringify(target)} ${JSON.stringify(patch)}`, () =>
    deepEqual(applyMergePatch(target, patch), expected));
}
