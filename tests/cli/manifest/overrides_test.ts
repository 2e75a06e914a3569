import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { EnvVar, Pod } from "../../../src/api/types/pod.ts";
import { applyOverrides, type PodOverrides } from "../../../src/cli/manifest/overrides.ts";
import { joinPath, parentPath, resolvePath } from "../../../src/cli/manifest/paths.ts";

const none: PodOverrides = { variables: [], containerVariables: [] };

function pod(env: EnvVar[] = []): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { initContainers: [{ name: "prep" }], containers: [{ name: "web", env }] },
  };
}

const apply = (overrides: Partial<PodOverrides>, env?: EnvVar[]) =>
  applyOverrides(
    [pod(env)],
    { ...none, ...overrides },
    (name) => name === "OWN" ? "mine" : undefined,
  )[0]!;

Deno.test("applyOverrides() replaces in place, appends, and lets the container's own word win", () => {
  const changed = apply({
    variables: [{ name: "A", value: "all" }, { name: "Z", value: "z" }],
    containerVariables: [{ container: "web", name: "A", value: "$(B) $$" }],
  }, [{ name: "A", value: "old" }, { name: "B", value: "$(A)" }]);
  deepEqual(changed.spec.containers[0]!.env, [
    { name: "A", value: "$$(B) $$$$" },
    { name: "B", value: "$(A)" },
    { name: "Z", value: "z" },
  ]);
  deepEqual(changed.spec.initContainers![0]!.env, [
    { name: "A", value: "all" },
    { name: "Z", value: "z" },
  ]);
});

Deno.test("applyOverrides() takes the caller's value, and misses what is not there", () => {
  const changed = apply({ containerVariables: [{ container: "prep", name: "OWN" }] });
  deepEqual(changed.spec.initContainers![0]!.env, [{ name: "OWN", value: "mine" }]);
  throws(
    () => apply({ variables: [{ name: "NONE" }] }),
    /--env-file: the variable NONE is not set/,
  );
  const unknown = { containerVariables: [{ container: "wbe", name: "A", value: "" }] };
  throws(() => apply(unknown), /no container "wbe" \(did you mean "web"\?\)/);
  const qualified = apply({
    containerVariables: [
      { container: "p/web", name: "A", value: "1" },
      { container: "web", name: "B", value: "2" },
    ],
  });
  deepEqual(qualified.spec.containers[0]!.env?.map(({ name }) => name), ["A", "B"]);
  deepEqual(qualified.spec.initContainers![0]!.env, undefined);
});

Deno.test("applyOverrides() changes the restart policy, and else nothing", () => {
  equal(apply({ restartPolicy: "Never" }).spec.restartPolicy, "Never");
  deepEqual(apply({}), pod());
});

Deno.test("paths are resolved and shown as people type them", () => {
  equal(resolvePath("/a/b", "../c/./d"), "/a/c/d");
  equal(resolvePath("/a", "/x//y/"), "/x/y");
  equal(resolvePath("/a", "../../.."), "/");
  equal(parentPath("/a/b"), "/a");
  for (
    const [folder, joined] of [[".", "x"], ["a/", "a/x"], ["../a", "../a/x"], ["/", "/x"]] as const
  ) {
    equal(joinPath(folder, "x"), joined);
  }
});
