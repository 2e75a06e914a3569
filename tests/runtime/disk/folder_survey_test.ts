/** The survey of a folder before it is removed. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { surveyFolder } from "../../../src/runtime/disk/folder_survey.ts";

/** A test with a folder of its own, in which there are two that are counted. */
function test(name: string, body: (folder: string) => void, ignore = false): void {
  Deno.test(`surveyFolder() ${name}`, { ignore }, () => {
    const folder = Deno.makeTempDirSync({ dir: "/dev/shm" });
    for (const name of ["a", "b", "c"]) {
      Deno.mkdirSync(`${folder}/${name}/below`, { recursive: true });
    }
    try {
      body(folder);
    } finally {
      new Deno.Command("chmod", { args: ["-R", "u+rwx", folder] }).outputSync();
      // A deep tree is nothing for Deno.remove().
      new Deno.Command("rm", { args: ["-rf", folder] }).outputSync();
    }
  });
}

const write = (...paths: string[]) => paths.forEach((path) => Deno.writeTextFileSync(path, ""));
const survey = (folder: string, made: string[] = []) =>
  surveyFolder(folder, [`${folder}/a`, `${folder}/b`], new Set(made));

test("counts regular files, and only where it is to", (folder) => {
  write(`${folder}/a/1`, `${folder}/a/below/2`, `${folder}/b/below/3`, `${folder}/c/4`);
  write(`${folder}/a/made`, `${folder}/a/below/${"n".repeat(255)}`, `${folder}/b/\n`);
  Deno.symlinkSync("1", `${folder}/a/link`);
  Deno.symlinkSync(`${folder}/c`, `${folder}/a/away`);
  new Deno.Command("mkfifo", { args: [`${folder}/a/fifo`] }).outputSync();
  deepEqual(survey(folder, [`${folder}/a/made`]), { files: [3, 2], isCut: false, isSimple: true });
});

test("counts nothing where nothing is", (folder) => {
  deepEqual(surveyFolder(folder, [`${folder}/missing`], new Set()), {
    files: [0],
    isCut: false,
    isSimple: true,
  });
  deepEqual(surveyFolder(`${folder}/missing`, [], new Set()), {
    files: [],
    isCut: false,
    isSimple: true,
  });
});

test("stops where it takes too long", (folder) => {
  for (let n = 0; n < 4001; n++) write(`${folder}/a/below/${n}`);
  write(`${folder}/a/1`);
  deepEqual(survey(folder), { files: [1, 0], isCut: true, isSimple: false });
});

test("reports what is large but does not count from what is cut", (folder) => {
  for (let n = 0; n < 4001; n++) write(`${folder}/c/${n}`);
  write(`${folder}/a/1`);
  deepEqual(survey(folder), { files: [1, 0], isCut: false, isSimple: false });
});

test("stops where it gets too deep", (folder) => {
  Deno.mkdirSync(`${folder}/c/${"d/".repeat(70)}`, { recursive: true });
  deepEqual(survey(folder), { files: [0, 0], isCut: false, isSimple: false });
  Deno.mkdirSync(`${folder}/b/${"d/".repeat(70)}`, { recursive: true });
  deepEqual(survey(folder), { files: [0, 0], isCut: true, isSimple: false });
});

test("knows nothing of what has no name that is text", (folder) => {
  const script = `mkdir -p "$1/c/$(printf '\\377')/d"`;
  new Deno.Command("sh", { args: ["-c", script, "sh", folder] }).outputSync();
  deepEqual(survey(folder), { files: [0, 0], isCut: false, isSimple: false });
});

test("leaves out what is closed to it", (folder) => {
  write(`${folder}/a/1`, `${folder}/a/below/2`);
  Deno.chmodSync(`${folder}/a/below`, 0);
  deepEqual(survey(folder), { files: [1, 0], isCut: false, isSimple: false });
}, Deno.uid() === 0);
