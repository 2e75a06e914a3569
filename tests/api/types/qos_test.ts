import { strictEqual as equal } from "node:assert/strict";
import type { Container, Pod, ResourceRequirements } from "../../../src/api/types/pod.ts";
import { computePodQOS } from "../../../src/api/types/qos.ts";

const full = { cpu: "1", memory: "1Gi" };
const guaranteed: ResourceRequirements = { limits: full, requests: full };

const rows: readonly (readonly [
  what: string,
  mains: readonly ResourceRequirements[],
  inits: readonly ResourceRequirements[],
  podLevel: ResourceRequirements | undefined,
  qosClass: string,
])[] = [
  ["nothing anywhere", [{}, {}], [{}], undefined, "BestEffort"],
  [
    "zero is nothing",
    [{ requests: { cpu: "0" }, limits: { memory: "0" } }],
    [],
    undefined,
    "BestEffort",
  ],
  [
    "other resources do not count",
    [{ requests: { "ephemeral-storage": "1Gi" } }],
    [],
    undefined,
    "BestEffort",
  ],
  ["limits equal requests", [guaranteed], [], undefined, "Guaranteed"],
  [
    "equal in another unit",
    [{ limits: full, requests: { cpu: "1000m", memory: "1024Mi" } }],
    [],
    undefined,
    "Guaranteed",
  ],
  ["a container without limits", [guaranteed, {}], [], undefined, "Burstable"],
  ["an init container without limits", [guaranteed], [{}], undefined, "Burstable"],
  ["init containers count", [guaranteed], [guaranteed], undefined, "Guaranteed"],
  ["no memory", [{ limits: { cpu: "1" }, requests: { cpu: "1" } }], [], undefined, "Burstable"],
  [
    "a request below its limit",
    [{ limits: full, requests: { cpu: "500m", memory: "1Gi" } }],
    [],
    undefined,
    "Burstable",
  ],
  ["a request alone", [{ requests: { cpu: "1m" } }], [], undefined, "Burstable"],
  ["the Pod's amounts stand for all", [{}], [], guaranteed, "Guaranteed"],
  [
    "the Pod's amounts beat the containers'",
    [guaranteed],
    [],
    { requests: { cpu: "1" } },
    "Burstable",
  ],
  ["no amounts at the Pod", [guaranteed], [], {}, "Guaranteed"],
];

for (const [what, mains, inits, podLevel, qosClass] of rows) {
  Deno.test(`computePodQOS() R-QOS-1: ${what}`, () => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: {
        containers: mains.map(containerOf),
        initContainers: inits.map(containerOf),
        ...(podLevel && { resources: podLevel }),
      },
    };
    equal(computePodQOS(pod), qosClass);
  });
}

function containerOf(resources: ResourceRequirements, index: number): Container {
  return { name: `c${index}`, resources };
}
