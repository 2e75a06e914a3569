/** The hint for scripts that failed in a shell which is not their image's. */
import { strictEqual as equal } from "node:assert/strict";
import type { Container, ContainerState } from "../../../src/api/types/pod.ts";
import { describeOtherShell } from "../../../src/cli/output/other_shell.ts";

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
