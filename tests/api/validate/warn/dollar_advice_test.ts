/** R-ENV-3, R-ENV-9: where a doubled dollar loses one. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { adviseDollars } from "../../../../src/api/validate/warn/dollar_advice.ts";
import type { Container, Pod } from "../../../../src/api/types/pod.ts";

function pod(container: Partial<Container>, more: Partial<Pod["spec"]> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", ...container }], ...more },
  };
}

const fieldsOf = (it: Pod) => adviseDollars(it).map(({ field }) => field);

const rows: [word: string, warned: boolean][] = [
  ["kill -9 $$", true],
  ["echo $$ > /pid", true],
  ["echo $$; echo $$$$", true],
  ["pa$$word", true],
  ["$${NAME}", true],
  ["$$", true],
  ["echo $$$$", false],
  ["echo $$(NAME)", false],
  ["echo $$$(NAME)", false],
  ["echo $HOME $(NAME) $", false],
  ["", false],
];
for (const [word, warned] of rows) {
  Deno.test(`adviseDollars() of ${JSON.stringify(word)}`, () => {
    deepEqual(
      fieldsOf(pod({ command: ["sh", "-c", word] })),
      warned ? ["spec.containers[0].command[2]"] : [],
    );
  });
}

Deno.test("adviseDollars() reads all that is expanded, and nothing else", () => {
  const exec = { command: ["sh", "-c", "echo $$"] };
  const container = {
    args: ["$$"],
    livenessProbe: { exec },
    readinessProbe: { exec },
    startupProbe: { exec },
    lifecycle: { preStop: { exec }, postStart: { exec } },
    env: [{ name: "A", value: "$$" }],
  };
  deepEqual(fieldsOf(pod(container, { initContainers: [{ name: "i", command: ["$$"] }] })), [
    "spec.initContainers[0].command[0]",
    "spec.containers[0].args[0]",
    "spec.containers[0].livenessProbe.exec.command[2]",
    "spec.containers[0].readinessProbe.exec.command[2]",
    "spec.containers[0].startupProbe.exec.command[2]",
  ]);
});
