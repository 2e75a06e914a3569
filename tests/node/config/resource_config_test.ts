import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { defaultPod } from "../../../src/api/defaults.ts";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../../src/api/types/pod.ts";
import {
  generateContainerResources,
  generatePodResources,
} from "../../../src/node/config/resource_config.ts";

const node = { allocatable: { cpu: "4", memory: "10Gi" } };

function podOf(containers: readonly ResourceRequirements[], spec: Partial<PodSpec> = {}): Pod {
  return defaultPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: containers.map((it, i) => ({ name: `c${i}`, resources: it })), ...spec },
  });
}

const init = (resources: ResourceRequirements, restartPolicy?: "Always"): Container => ({
  name: "i",
  resources,
  ...(restartPolicy && { restartPolicy }),
});

/** Resources of a container, and its shares, quota and memory. */
const containers: readonly [string, ResourceRequirements, string][] = [
  ["asks for nothing", {}, "2 - -"],
  ["asks for half a core", { requests: { cpu: "500m" } }, "512 - -"],
  [
    "asks for a core and may use two",
    { requests: { cpu: "1" }, limits: { cpu: "2" } },
    "1024 200000 -",
  ],
  [
    "has a limit alone, which it asks for too (R-DEFAULT-9)",
    { limits: { cpu: "1500m" } },
    "1536 150000 -",
  ],
  ["asks for too little to count", { requests: { cpu: "1m" } }, "2 - -"],
  ["asks for more than the kernel can weigh", { requests: { cpu: "1000" } }, "262144 - -"],
  ["may use less than the kernel counts", { limits: { cpu: "1m" } }, "2 1000 -"],
  ["has a fraction of a millicore", { limits: { cpu: "100500u" } }, "103 10100 -"],
  ["has a limit of memory", { limits: { memory: "64Mi" } }, "2 - 67108864"],
  ["has limits of zero, which are none", { limits: { cpu: "0", memory: "0" } }, "2 - -"],
];
for (const [name, resources, wanted] of containers) {
  Deno.test(`generateContainerResources(): a container that ${name}`, () => {
    const pod = podOf([resources]);
    const config = generateContainerResources(pod, pod.spec.containers[0]!, node);
    const { cpuShares, cpuQuotaUs = "-", memoryLimitBytes = "-", pidsLimit } = config;
    equal(`${cpuShares} ${cpuQuotaUs} ${memoryLimitBytes}`, wanted);
    equal(pidsLimit, undefined);
  });
}

Deno.test("generateContainerResources() takes the pod's limit where there is no other", () => {
  const pod = podOf([{ limits: { cpu: "1" } }, { requests: { cpu: "250m" } }, {}], {
    resources: { limits: { cpu: "2", memory: "1Gi" } },
  });
  const shown = pod.spec.containers.map((it) => {
    const { cpuShares, cpuQuotaUs, memoryLimitBytes } = generateContainerResources(pod, it, node);
    return `${cpuShares} ${cpuQuotaUs} ${memoryLimitBytes}`;
  });
  deepEqual(shown, ["1024 100000 1073741824", "256 200000 1073741824", "2048 200000 1073741824"]);
});

const oomScores: readonly [string, Pod, readonly number[]][] = [
  ["of a pod that asks for nothing", podOf([{}]), [1000]],
  ["of a guaranteed pod", podOf([{ limits: { cpu: "1", memory: "1Gi" } }]), [-997]],
  [
    "by the share of the memory that is asked for",
    podOf([
      { requests: { memory: "1Gi" } },
      { requests: { memory: "5Gi" } },
    ]),
    [900, 500],
  ],
  ["below that of a pod that asks for nothing", podOf([{ requests: { cpu: "1" } }]), [999]],
  ["above that of a guaranteed pod", podOf([{ requests: { memory: "10Gi" } }]), [3]],
  [
    "with equal parts of what only the pod asks for",
    podOf([
      { requests: { memory: "1Gi" } },
      {},
    ], { resources: { requests: { memory: "5Gi" } } }),
    [700, 800],
  ],
];
for (const [name, pod, wanted] of oomScores) {
  Deno.test(`R-QOS-1: generateContainerResources() gives an OOM score ${name}`, () => {
    deepEqual(
      pod.spec.containers.map((it) => generateContainerResources(pod, it, node).oomScoreAdj),
      wanted,
    );
  });
}

Deno.test("generateContainerResources() lets no sidecar go before the mains", () => {
  const pod = podOf([{ requests: { memory: "2Gi" } }, { requests: { memory: "1Gi" } }], {
    initContainers: [init({ requests: { memory: "1Mi" } }, "Always"), init({})],
  });
  deepEqual(
    pod.spec.initContainers!.map((it) => generateContainerResources(pod, it, node).oomScoreAdj),
    [900, 999],
  );
});

/** A pod, and its shares, quota and memory. */
const pods: readonly [string, Pod, string][] = [
  ["asks for nothing", podOf([{}, {}]), "2 - -"],
  [
    "has limits on every container",
    podOf([
      { limits: { cpu: "1", memory: "1Mi" } },
      { limits: { cpu: "500m", memory: "2Mi" } },
    ]),
    "1536 150000 3145728",
  ],
  [
    "has a container without a limit",
    podOf([
      { limits: { cpu: "1", memory: "1Mi" } },
      { limits: { memory: "2Mi" } },
    ]),
    "1024 - 3145728",
  ],
  [
    "has an init container without a limit",
    podOf([{ limits: { cpu: "1" } }], {
      initContainers: [init({})],
    }),
    "1024 - -",
  ],
  [
    "needs most for an init container",
    podOf([{ limits: { cpu: "1" } }], {
      initContainers: [init({ limits: { cpu: "3" } })],
    }),
    "3072 300000 -",
  ],
  [
    "has a sidecar, which counts with the mains",
    podOf([{ limits: { cpu: "1" } }], {
      initContainers: [init({ limits: { cpu: "3" } }, "Always")],
    }),
    "4096 400000 -",
  ],
  [
    "says it of itself",
    podOf([{ limits: { cpu: "1" } }, {}], {
      resources: { limits: { cpu: "2", memory: "1Mi" }, requests: { cpu: "1500m" } },
    }),
    "1536 200000 1048576",
  ],
  [
    "has an overhead",
    podOf([{ limits: { cpu: "1" } }], {
      overhead: { cpu: "500m", memory: "1Mi" },
    }),
    "1536 150000 -",
  ],
];
for (const [name, pod, wanted] of pods) {
  Deno.test(`generatePodResources(): a pod that ${name}`, () => {
    const config = generatePodResources(pod);
    const { cpuShares, cpuQuotaUs = "-", memoryLimitBytes = "-", pidsLimit, oomScoreAdj } = config;
    equal(`${cpuShares} ${cpuQuotaUs} ${memoryLimitBytes}`, wanted);
    deepEqual([pidsLimit, oomScoreAdj], [4096, -998]);
  });
}
