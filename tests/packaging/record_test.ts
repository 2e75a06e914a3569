import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { formatRecord, parseRecord } from "../../packaging/record.ts";

Deno.test("a record has a path a line, as it always had", () => {
  equal(formatRecord(["/home/me/.local/bin", "/a\\b"]), "/home/me/.local/bin\n/a\\b\n");
});

const records: readonly (readonly string[])[] = [
  [],
  ["/a", "/b c/d"],
  ["/a\nb/c", "/a"],
  ["/a\\n\n\\", "/\\", '/"quoted"', "/\n"],
];
for (const paths of records) {
  Deno.test(`a record is read as it was written: ${JSON.stringify(paths)}`, () => {
    deepEqual(parseRecord(formatRecord(paths)), paths);
  });
}

Deno.test("of a damaged record what is not a path is left out", () => {
  deepEqual(parseRecord('/a\0/b\nrelative\n"\\\n\n/c'), ["/a", "/b", "/c"]);
});
