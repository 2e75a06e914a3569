/** Whose input a run reads. */
import { strictEqual as equal } from "node:assert/strict";
import { acceptsInput } from "../../../src/runtime/streams/attach.ts";
import type { ContainerConfig } from "../../../src/runtime/config.ts";
import type { AttachedTerminal } from "../../../src/runtime/runtime.ts";
import { containerConfigOf } from "../../support/runtime_configs.ts";

/** Writes to container `a` of pod `u1`. */
const user: AttachedTerminal = {
  isAttachedTo: (podUid, container) => podUid === "u1" && container === "a",
  peek: () => Promise.resolve(undefined),
  take: () => {},
  windowSize: () => undefined,
  show: () => ({ [Symbol.dispose]: () => {} }),
};

const cases: [string, Partial<ContainerConfig>, AttachedTerminal | undefined, boolean][] = [
  ["reads with stdin", { stdin: true }, user, true],
  ["does not without", {}, user, false],
  ["does not where no terminal is attached", { stdin: true }, undefined, false],
  ["does not where they write to another container", { stdin: true, name: "b" }, user, false],
  ["does not where they write to another pod", { stdin: true, podUid: "u2" }, user, false],
  ["goes on where the last one has stopped", { stdin: true, restartCount: 1 }, user, true],
  ["reads for the first time with stdinOnce", { stdin: true, stdinOnce: true }, user, true],
  ["and never after", { stdin: true, stdinOnce: true, restartCount: 1 }, user, false],
];
for (const [name, change, who, accepts] of cases) {
  Deno.test(`acceptsInput(): a run ${name}`, () => {
    equal(acceptsInput(containerConfigOf(change), who), accepts);
  });
}
