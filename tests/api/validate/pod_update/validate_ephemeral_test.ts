/** Ephemeral containers of a Pod, and their changes. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultPod } from "../../../../src/api/defaults.ts";
import type { EphemeralContainer, Pod } from "../../../../src/api/types/pod.ts";
import { ephemeralUpdateErrors } from "../../../../src/api/validate/pod_update/validate_ephemeral.ts";

const one: EphemeralContainer = { name: "d", image: "busybox" };
const two: EphemeralContainer = { name: "e", image: "busybox" };
const PATH = "spec.ephemeralContainers";
const NOT_FOR = "Forbidden: cannot be set for an Ephemeral Container";

function podOf(
  ephemeralContainers: readonly EphemeralContainer[],
  annotations?: Record<string, string>,
): Pod {
  return defaultPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", resourceVersion: "1", ...(annotations && { annotations }) },
    spec: {
      containers: [{ name: "c", image: "a" }],
      initContainers: [{ name: "i", image: "a" }],
      volumes: [{ name: "v" }],
      ephemeralContainers,
    },
  });
}

type Rows = readonly (readonly [
  what: string,
  old: readonly EphemeralContainer[],
  changed: readonly EphemeralContainer[],
  errors: readonly string[],
])[];

/** R-EPHEMERAL-1. */
const changes: Rows = [
  ["the first one", [], [one], []],
  ["one more, before the others", [one], [two, one], []],
  ["nothing", [one], [one], []],
  ["one less", [one, two], [two], [
    `${PATH}: Forbidden: existing ephemeral containers "d" may not be removed\n`,
  ]],
  ["another image", [one], [{ ...one, image: "alpine" }], [
    `${PATH}: Forbidden: existing ephemeral containers "d" may not be changed\n`,
  ]],
];

const probe = { exec: { command: ["true"] } };
/** R-EPHEMERAL-2. */
const refusals: Rows = ([
  ["a name of a main", { name: "c" }, ['.name: Duplicate value: "c"']],
  ["a name of an init container", { name: "i" }, ['.name: Duplicate value: "i"']],
  ["no image", { image: "" }, [".image: Required value"]],
  ["a target", { targetContainerName: "c" }, []],
  ["a target that is an init container", { targetContainerName: "i" }, []],
  ["a target that is not there", { targetContainerName: "z" }, [
    '.targetContainerName: Not found: "z"',
  ]],
  ["itself as a target", { targetContainerName: "d" }, ['.targetContainerName: Not found: "d"']],
  ["ports", { ports: [{ containerPort: 1 }] }, [`.ports: ${NOT_FOR}`]],
  ["no ports", { ports: [] }, []],
  ["amounts", { resources: { limits: { cpu: "1" } } }, [`.resources: ${NOT_FOR}`]],
  ["no amounts", { resources: {} }, []],
  ["a probe", { livenessProbe: probe }, [`.livenessProbe: ${NOT_FOR}`]],
  ["hooks", { lifecycle: { preStop: probe } }, [`.lifecycle: ${NOT_FOR}`]],
  ["a restart policy", { restartPolicy: "Always" }, [`.restartPolicy: ${NOT_FOR}`]],
  ["a mount", { volumeMounts: [{ name: "v", mountPath: "/v" }] }, []],
  ["a mount of a part", { volumeMounts: [{ name: "v", mountPath: "/v", subPath: "a" }] }, [
    `.volumeMounts[0].subPath: ${NOT_FOR}`,
  ]],
  ["a terminal and its input", { tty: true, stdin: true, stdinOnce: true }, []],
] as const).map(([what, change, errors]) => [
  what,
  [],
  [{ ...one, ...change } as EphemeralContainer],
  errors.map((it) => `${PATH}[0]${it}`),
]);

for (const [what, old, changed, expected] of [...changes, ...refusals]) {
  Deno.test(`R-EPHEMERAL-1, R-EPHEMERAL-2: ${what}`, () => {
    deepEqual(linesOf(podOf(changed), podOf(old)), expected);
  });
}

Deno.test("R-EPHEMERAL-1: a static Pod gets none", () => {
  const mirror = { "kubernetes.io/config.mirror": "x" };
  deepEqual(linesOf(podOf([one], mirror), podOf([], mirror)), [
    ": Forbidden: static pods do not support ephemeral containers",
  ]);
});

function linesOf(pod: Pod, old: Pod): readonly string[] {
  return [...ephemeralUpdateErrors(pod, old)].map((it) => `${it.field}: ${it.message}`);
}
