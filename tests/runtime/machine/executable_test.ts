/**
 * Which programs the node knows that the kernel executes; all others are looked at from inside the
 * container.
 */
import { strictEqual as equal } from "node:assert/strict";
import { isKnownProgram, readElfMachine } from "../../../src/runtime/machine/executable.ts";

const elf = readElfMachine();
const folder = Deno.realPathSync(await Deno.makeTempDir());
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const TRUE = Deno.readFileSync("/bin/true");

function make(name: string, content: string | Uint8Array, mode = 0o755): void {
  Deno.writeFileSync(
    `${folder}/${name}`,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  Deno.chmodSync(`${folder}/${name}`, mode);
}
make("elf", TRUE);
make("elf-cut", TRUE.slice(0, 40));
make("elf-closed", TRUE, 0o644);
make("elf-of-another-kind", TRUE.with(18, 0xee));
make("object-file", TRUE.with(16, 1));
make("script", "#!/bin/sh\n");
make("script-with-option", "#! \t/bin/sh -eu\n");
make("script-in-script", `#!${folder}/script\n`);
make("script-relative", "#!script\n");
make("script-of-nothing", "#!\n");
make("script-without-interpreter", "#!/nope\n");
make("text", "echo\n");
make("empty", "");
make("a=b", TRUE);
Deno.mkdirSync(`${folder}/directory`);
Deno.symlinkSync("elf", `${folder}/link`);
Deno.symlinkSync("loop", `${folder}/loop`);

const rows: [name: string, known: boolean, covered?: string[]][] = [
  ["elf", true],
  ["link", true],
  ["script", true],
  ["script-with-option", true],
  ["elf-cut", false],
  ["elf-closed", false],
  ["elf-of-another-kind", false],
  ["object-file", false],
  ["script-in-script", false],
  ["script-relative", false],
  ["script-of-nothing", false],
  ["script-without-interpreter", false],
  ["text", false],
  ["empty", false],
  ["a=b", false],
  ["directory", false],
  ["loop", false],
  ["missing", false],
  ["n".repeat(300), false],
  ["n/".repeat(3000) + "n", false],
  ["elf", false, [folder]],
  ["link", false, [`${folder}/elf`]],
  ["script", false, [Deno.realPathSync("/bin")]],
];
for (const [name, known, covered = []] of rows) {
  const below = covered.length === 0 ? "" : ` under ${covered}`;
  Deno.test(`isKnownProgram() ${name}${below}`, () => {
    equal(isKnownProgram({ name: `${folder}/${name}`, searchPath: "", covered }, elf), known);
    // By PATH too: the first that is there decides.
    equal(isKnownProgram({ name, searchPath: `/nope:${folder}`, covered }, elf), known);
  });
}

Deno.test("isKnownProgram() leaves what is relative to the container", () => {
  equal(isKnownProgram({ name: "./elf", searchPath: folder, covered: [] }, elf), false);
  equal(isKnownProgram({ name: "elf", searchPath: `.:${folder}`, covered: [] }, elf), false);
  equal(isKnownProgram({ name: "elf", searchPath: `:${folder}`, covered: [] }, elf), false);
  equal(isKnownProgram({ name: "", searchPath: folder, covered: [] }, elf), false);
  // What a covered folder of PATH holds is not known.
  equal(isKnownProgram({ name: "elf", searchPath: `/v:${folder}`, covered: ["/v"] }, elf), false);
});
