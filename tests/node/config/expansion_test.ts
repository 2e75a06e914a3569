import { strictEqual as equal } from "node:assert/strict";
import { expand } from "../../../src/node/config/expansion.ts";

const variables = new Map([["A", "1"], ["B", "$(A)"], ["EMPTY", ""], ["A$(B", "odd"]]);

const cases = [
  ["a set variable", "x$(A)y", "x1y"],
  ["two of them", "$(A)$(A)", "11"],
  ["an unset variable stays", "$(NO)", "$(NO)"],
  ["an empty variable", "[$(EMPTY)]", "[]"],
  ["a value is not expanded again", "$(B)", "$(A)"],
  ["two dollars are one", "$$", "$"],
  ["two dollars hide a reference", "$$(A)", "$(A)"],
  ["three dollars: one and a value", "$$$(A)", "$1"],
  ["four dollars: two and no reference", "$$$$(A)", "$$(A)"],
  ["no closing parenthesis", "$(A", "$(A"],
  ["a dollar before another character", "$x $(A)", "$x 1"],
  ["a dollar at the end", "$(A)$", "1$"],
  ["the shell's forms", "${A} $A \\$(A)", "${A} $A \\1"],
  ["a name up to the first parenthesis", "$(A$(B))", "odd)"],
  ["an empty name", "$()", "$()"],
  ["a name over two lines", "$(A\nB)", "$(A\nB)"],
] as const;
for (const [name, input, output] of cases) {
  Deno.test(`R-ENV-3: expand() ${name}`, () => {
    equal(expand(input, (variable) => variables.get(variable)), output);
  });
}

Deno.test("R-ENV-3: expand() values that double one after another stay bounded", () => {
  const values = new Map([["V0", "x".repeat(1000)]]);
  for (let index = 1; index < 100; index++) {
    const value = `$(V${index - 1})$(V${index - 1})`;
    values.set(`V${index}`, expand(value, (name) => values.get(name)));
  }
  equal(values.get("V7")!.length, 128_000);
  equal(values.get("V99")!.length, 128 * 1024 + 1);
  const many = "$(V7)".repeat(1000) + "end";
  equal(expand(many, (name) => values.get(name)).length, 128 * 1024 + 1);
});
