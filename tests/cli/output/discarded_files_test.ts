/** The report of discarded files. */
import { strictEqual as equal } from "node:assert/strict";
import { describeDiscarded } from "../../../src/cli/output/discarded_files.ts";

const rows: [inWorkdir: number, elsewhere: number, isCut: boolean, text: string | undefined][] = [
  [0, 0, false, undefined],
  [3, 0, false, "3 files written outside volumes were discarded; --workdir . keeps them"],
  [1, 0, false, "1 file written outside volumes was discarded; --workdir . keeps it"],
  [0, 2, false, "2 files written outside volumes were discarded; a volume keeps them"],
  [0, 1, false, "1 file written outside volumes was discarded; a volume keeps it"],
  [
    1,
    2,
    false,
    "3 files written outside volumes were discarded; " +
    "--workdir . keeps those in the working directory, a volume the others",
  ],
  [0, 1, true, "more than 1 files written outside volumes were discarded; a volume keeps them"],
  [
    4000,
    0,
    true,
    "more than 4000 files written outside volumes were discarded; --workdir . keeps them",
  ],
  [0, 0, true, "many files written outside volumes were discarded; --workdir . keeps them"],
];
for (const [inWorkdir, elsewhere, isCut, text] of rows) {
  Deno.test(`describeDiscarded() of ${inWorkdir} and ${elsewhere}${isCut ? " or more" : ""}`, () => {
    equal(describeDiscarded({ inWorkdir, elsewhere, isCut }), text);
  });
}
