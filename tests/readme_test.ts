/**
 * The reference of fields is written from the table that the program uses. `UPDATE=1` writes it
 * again.
 */
import { strictEqual } from "node:assert/strict";
import { fieldSupportRows } from "../src/api/field_support.ts";

const FIELDS = new URL("../docs/fields.md", import.meta.url);

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

Deno.test("docs/fields.md is generated", async () => {
  const wanted = `# Every field of a Pod, and what it gets

Written from the table that \`validate\` and \`run\` use (\`src/api/field_rows.ts\`). Fields below a row get what the row says.
*enforced*: does what Kubernetes says. *emulated*: has the effect that one node without a cluster can give it. *ignored*: accepted,
and reported as a \`field.ignored\` event. *refused*: an error.

${formatFields()}`;
  if (Deno.env.has("UPDATE")) await Deno.writeTextFile(FIELDS, wanted);
  else strictEqual(await Deno.readTextFile(FIELDS), wanted);
});
