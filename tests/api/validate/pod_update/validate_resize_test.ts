/** Which amounts of a Pod can change, and in which way. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultPod } from "../../../../src/api/defaults.ts";
import type { Container, Pod, PodSpec } from "../../../../src/api/types/pod.ts";
import {
  resizeErrors,
  withResize,
} from "../../../../src/api/validate/pod_update/validate_resize.ts";

const c = (more: Partial<Container> = {}): Container => ({
  name: "c",
  image: "a",
  resources: { requests: { cpu: "100m" }, limits: { cpu: "1", memory: "1Gi" } },
  ...more,
});
const requests = (cpu: string, more: Record<string, string> = {}) => ({
  resources: { requests: { cpu, ...more }, limits: { cpu: "1", memory: "1Gi" } },
});
const restarting = [{ resourceName: "cpu" as const, restartPolicy: "RestartContainer" as const }];
const REMOVED = "Forbidden: resource limits cannot be removed";

const rows: readonly (readonly [
  what: string,
  old: Partial<PodSpec>,
  changed: Partial<PodSpec>,
  errors: readonly string[],
])[] = [
  ["nothing", {}, {}, []],
  ["another request", {}, { containers: [c(requests("200m"))] }, []],
  ["one more request", {}, { containers: [c(requests("100m", { memory: "1Mi" }))] }, []],
  [
    "another image is not looked at",
    {},
    { containers: [c({ ...requests("2m"), image: "b" })] },
    [],
  ],
  ["a deadline is not looked at", {}, { activeDeadlineSeconds: 1 }, []],
  ["a request above its limit", {}, { containers: [c(requests("2"))] }, [
    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ]],
  [
    "another class of service",
    {},
    { containers: [c({ resources: { limits: { cpu: "1", memory: "1Gi" } } })] },
    ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
  ],
  [
    "a limit less",
    {},
    {
      containers: [
        c({ resources: { requests: { cpu: "100m", memory: "1Gi" }, limits: { cpu: "1" } } }),
      ],
    },
    [`spec.containers[0].resources.limits: ${REMOVED}`],
  ],
  ["amounts of something else", {}, {
    containers: [c(requests("100m", { "ephemeral-storage": "1" }))],
  }, [
    "spec: Forbidden: only cpu and memory resources are mutable",
  ]],
  ["a policy", {}, { containers: [c({ resizePolicy: restarting })] }, [
    "spec: Forbidden: only cpu and memory resources are mutable",
  ]],
  ["a container more", {}, { containers: [c(), c({ name: "d" })] }, [
    "spec.containers: Forbidden: containers may not be added or removed on resize",
  ]],
  ["another name", {}, { containers: [c({ name: "d" })] }, [
    "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize",
  ]],
  [
    "an init container",
    { initContainers: [c({ name: "i" })] },
    { initContainers: [c({ name: "i", ...requests("2m") })] },
    [],
  ],
  [
    "an init container less",
    { initContainers: [c({ name: "i" })] },
    {},
    ["spec.initContainers: Forbidden: initContainers may not be added or removed on resize"],
  ],
  [
    "amounts of something else of an init container",
    { initContainers: [c({ name: "i" })] },
    { initContainers: [c({ name: "i", ...requests("100m", { "ephemeral-storage": "1" }) })] },
    [
      "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable",
    ],
  ],
  [
    "amounts of the Pod",
    { resources: { requests: { cpu: "1" } } },
    { resources: { requests: { cpu: "2" } } },
    [],
  ],
  ["no amounts of the Pod any more", { resources: { requests: { cpu: "1" } } }, {}, [
    "spec.resources: Forbidden: pod-level resources cannot be removed",
  ]],
];

for (const [what, old, changed, expected] of rows) {
  Deno.test(`R-RESIZE-1, R-RESIZE-2: ${what}`, () => {
    const [pod, present] = [podOf(changed), podOf(old)];
    const given = defaultPod(withResize(pod, present));
    deepEqual(
      [...resizeErrors(given, present)].map((it) => `${it.field}: ${it.message}`),
      expected,
    );
  });
}

Deno.test("R-RESIZE-1: static Pods and those of Windows are not resized", () => {
  const mirror = podOf({}, { "kubernetes.io/config.mirror": "x" });
  const windows = podOf({ os: { name: "windows" } });
  deepEqual(
    [mirror, windows].map((it) => [...resizeErrors(it, it)].map(({ message }) => message)),
    [
      ["Forbidden: static pods cannot be resized"],
      ["Forbidden: windows pods cannot be resized"],
    ],
  );
});

function podOf(spec: Partial<PodSpec>, annotations?: Record<string, string>): Pod {
  return defaultPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", resourceVersion: "1", ...(annotations && { annotations }) },
    spec: { containers: [c()], ...spec },
  });
}
