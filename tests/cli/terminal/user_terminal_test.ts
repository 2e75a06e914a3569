/** Which container reads standard input. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Container, Pod } from "../../../src/api/types/pod.ts";
import { findInputReader } from "../../../src/cli/terminal/user_terminal.ts";

function pod(
  name: string,
  containers: readonly Container[],
  initContainers?: readonly Container[],
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", uid: `uid-${name}` },
    spec: { containers, ...initContainers && { initContainers } },
  };
}

const silent: Container = { name: "silent" };
const a: Container = { name: "a", stdin: true };
const b: Container = { name: "b", stdin: true, tty: true };

const cases: [string, Pod[], [pod: string, container: string, tty: boolean] | undefined][] = [
  ["none where none asks", [pod("p", [silent])], undefined],
  ["the one that asks", [pod("p", [silent, b])], ["p", "b", true]],
  ["the first of two", [pod("p", [a, b])], ["p", "a", false]],
  ["an init container before others", [pod("p", [a], [silent, b])], ["p", "b", true]],
  ["one of the first pod that has one", [pod("p", [silent]), pod("q", [a])], ["q", "a", false]],
];
for (const [name, pods, reader] of cases) {
  Deno.test(`findInputReader(): ${name}`, () => {
    const [of, container, tty] = reader ?? [];
    deepEqual(
      findInputReader(pods),
      reader && { podUid: `uid-${of}`, pod: `shop/${of}`, container, tty },
    );
  });
}
