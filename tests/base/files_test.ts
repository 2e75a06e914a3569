/** Files that may be missing. */
import { strictEqual as equal, throws } from "node:assert/strict";
import {
  exists,
  lstatIfPresent,
  readLink,
  readTextIfPresent,
  statIfPresent,
} from "../../src/base/files.ts";

/** A folder with a file, a link to it, and a link to nothing. */
function withFolder(test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/file`, "text");
    Deno.symlinkSync("file", `${folder}/link`);
    Deno.symlinkSync("nothing", `${folder}/dangling`);
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const rows = [
  // path, exists, is a link, where it leads, text
  ["file", true, false, undefined, "text"],
  ["link", true, true, "file", "text"],
  ["dangling", false, true, "nothing", undefined],
  ["missing", false, undefined, undefined, undefined],
  ["file/below", false, undefined, undefined, undefined],
] as const;
for (const [path, isThere, isLink, target, text] of rows) {
  Deno.test(`a ${path}, looked at in each way`, () =>
    withFolder((folder) => {
      equal(exists(`${folder}/${path}`), isThere);
      equal(statIfPresent(`${folder}/${path}`)?.isSymlink, isThere ? false : undefined);
      equal(lstatIfPresent(`${folder}/${path}`)?.isSymlink, isLink);
      equal(readLink(`${folder}/${path}`), target);
      equal(readTextIfPresent(`${folder}/${path}`), text);
    }));
}

Deno.test("what is not a missing file is an error", () => {
  throws(() => readTextIfPresent("/"), Deno.errors.IsADirectory);
  throws(() => exists("/\0"));
});
