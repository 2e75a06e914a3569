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
