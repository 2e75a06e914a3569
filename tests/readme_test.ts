/** The README's table of fields is the one that the program uses. `UPDATE=1` writes it anew. */
import { strictEqual } from "node:assert/strict";
import { fieldSupportRows } from "../src/api/field_support.ts";

const README = new URL("../README.md", import.meta.url);
const BEGIN = "<!-- fields -->\n";
const END = "<!-- end of fields -->";

/** One row a note: fields that get the same for the same reason share it. */
function formatFields(): string {
  const groups = new Map<string, { support: string; note: string; fields: string[] }>();
  for (const { field, support, note } of fieldSupportRows("Pod")) {
    const key = `${support} ${note}`;
    const group = groups.get(key) ?? { support, note, fields: [] };
    group.fields.push(`\`${field}\``);
    groups.set(key, group);
  }
  const order = ["enforced", "emulated", "ignored", "refused"];
  const rows = [...groups.values()]
    .toSorted((a, b) => order.indexOf(a.support) - order.indexOf(b.support))
    .map(({ support, note, fields }) => `| ${fields.join(", ")} | ${support} | ${note} |\n`);
  return `| field | gets | note |\n| --- | --- | --- |\n${rows.join("")}`;
}

Deno.test("the README's table of fields is generated", async () => {
  const text = await Deno.readTextFile(README);
  const [before, rest] = text.split(BEGIN);
  const [, after] = (rest ?? "").split(END);
  const wanted = `${before}${BEGIN}${formatFields()}${END}${after}`;
  if (Deno.env.has("UPDATE")) await Deno.writeTextFile(README, wanted);
  else strictEqual(text, wanted);
});
