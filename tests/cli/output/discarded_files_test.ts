/** What is said of shells that are not the image's, and of files that are gone. */
import { strictEqual as equal } from "node:assert/strict";
import type { Container, ContainerState } from "../../../src/api/types/pod.ts";
import { describeDiscarded, describeOtherShell } from "../../../src/cli/output/discarded_files.ts";

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

const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } });
const shells: [
  what: string,
  container: Partial<Container>,
  state: ContainerState,
  isNamed: boolean,
  lastState?: ContainerState,
][] = [
  ["a script that is not understood", { command: ["sh", "-c", "[["] }, ended(2), true],
  ["a command that is not found", { command: ["/bin/ash", "-c", "x"] }, ended(127), true],
  ["the shell that the image starts", { args: ["-c", "x"] }, ended(127), true],
  ["a crash loop", { command: ["sh"] }, { waiting: {} }, true, ended(2)],
  ["a container that fails by itself", { command: ["sh", "-c", "exit 1"] }, ended(1), false],
  ["a container that succeeds", { command: ["sh", "-c", "true"] }, ended(0), false],
  ["another program", { command: ["bash", "-c", "x"] }, ended(2), false],
  ["another image", { command: ["sh", "-c", "x"], image: "debian" }, ended(2), false],
];
for (const [what, container, state, isNamed, lastState] of shells) {
  Deno.test(`describeOtherShell() of ${what}`, () => {
    const status = {
      name: "c",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 0,
      state,
      ...lastState && { lastState },
    };
    const text = describeOtherShell([{
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "busybox:1.36", ...container }] },
      status: { containerStatuses: [status] },
    }]);
    const line = 'Container "c" ran in this machine\'s sh, since no busybox is installed here; ' +
      "the sh of its image busybox:1.36 is busybox's, and takes more (such as [[ and $RANDOM)";
    equal(text, isNamed ? line : undefined);
  });
}
