/** Documents that are written from tables are as those are. `UPDATE=1` writes them again. */
import { ok, strictEqual as equal } from "node:assert/strict";
import { documents, formatStatuses } from "./support/documents.ts";

const DOCS = new URL("../docs/", import.meta.url).pathname;

for (const { file, write } of documents) {
  Deno.test(`docs/${file} is as the program has it`, async () => {
    const text = await Deno.readTextFile(DOCS + file).catch((error) => {
      if (error instanceof Deno.errors.NotFound && Deno.env.has("UPDATE")) return "";
      throw error;
    });
    const wanted = write(text);
    if (Deno.env.has("UPDATE")) await Deno.writeTextFile(DOCS + file, wanted);
    else equal(text, wanted, `UPDATE=1 deno test -A tests/documents_test.ts writes docs/${file}`);
  });
}

Deno.test("the README has every exit status, as the program has it", async () => {
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  ok(readme.includes(`\n${formatStatuses()}\n`), formatStatuses());
});
