/** What the event log says of objects, and of what controllers do with them. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Deployment, ReplicaSet } from "../../../src/api/types/apps.ts";
import type { KubernetesObject } from "../../../src/api/types/kinds.ts";
import { computeEndpointSliceChanges } from "../../../src/controllers/endpoint_slice/endpoint_slice.ts";
import {
  traceChange,
  traceDecision,
  traceEndpoints,
  traceWrite,
} from "../../../src/controllers/wiring/trace.ts";
import { formatSummaryLine } from "../../../src/report/summary.ts";
import { applyToSlices, backendOf, serviceOf } from "../../support/services.ts";
import { deploymentOf, momentAt, podOf, replicaSetOf } from "../../support/workloads.ts";

const deployment = deploymentOf({ replicas: 2 });
const owned: ReplicaSet = {
  ...replicaSetOf({ replicas: 2 }),
  metadata: {
    ...replicaSetOf().metadata,
    name: "web-1",
    ownerReferences: [{
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "web",
      uid: "deployment",
      controller: true,
    }],
  },
};
const status = (given: Deployment["status"]): Deployment => ({ ...deployment, status: given! });
const available = (is: "True" | "False"): Deployment["status"] => ({
  conditions: [{ type: "Available", status: is, reason: "Because", message: "It is so." }],
});

/** What was, what is, and the lines, of which those for people have `*` before them. */
const changes: readonly [
  string,
  KubernetesObject | undefined,
  KubernetesObject | undefined,
  readonly string[],
][] = [
  ["a new object", undefined, deployment, ["* object.created: Deployment web created"]],
  ["an owned one", undefined, owned, ["object.created: ReplicaSet web-1 created"]],
  ["one that is gone", deployment, undefined, ["* object.deleted: Deployment web deleted"]],
  ["nothing", deployment, { ...deployment }, []],
  ["another size", deployment, deploymentOf({ replicas: 3 }), [
    "* object.updated: Deployment web: spec.replicas is now 3",
    "* object.updated: Deployment web: 0 of 3 Pods available",
  ]],
  [
    "a field less, and a list",
    deploymentOf({ paused: true, replicas: 2 }),
    {
      ...deployment,
      spec: {
        ...deployment.spec,
        template: { ...deployment.spec.template, metadata: { labels: {}, finalizers: ["x/y"] } },
      },
    },
    [
      "* object.updated: Deployment web: spec.template.metadata.labels.app removed, " +
      "spec.template.metadata.finalizers changed, spec.paused removed",
    ],
  ],
  ["annotations of its controller", deployment, {
    ...deployment,
    metadata: {
      ...deployment.metadata,
      annotations: { "deployment.kubernetes.io/revision": "1", "a/b": "c" },
    },
  }, ['* object.updated: Deployment web: metadata.annotations.a/b is now "c"']],
  [
    "old and new Pods",
    deployment,
    status({ replicas: 3, updatedReplicas: 1, availableReplicas: 2 }),
    ["* object.updated: Deployment web: 1 of 2 Pods are new, 2 old, 2 available"],
  ],
  ["a condition that is True", deployment, status(available("True")), [
    "* object.condition: Deployment web: Available is True (Because): It is so",
  ]],
  ["one that is False from the start", deployment, status(available("False")), [
    "object.condition: Deployment web: Available is False (Because): It is so",
  ]],
  ["one that becomes False", status(available("True")), status(available("False")), [
    "* object.condition: Deployment web: Available is False (Because): It is so",
  ]],
  ["the status of a Pod", podOf("web-1-a"), podOf("web-1-a", { readyAt: 1 }), []],
];
for (const [what, before, after, expected] of changes) {
  Deno.test(`traceChange() of ${what}`, () => {
    const style = { colour: false, subjectWidth: 3, naming: "pod" } as const;
    const lines = traceChange(before, after, 0).map((event) => {
      const isShown = formatSummaryLine(event, style) !== undefined;
      return `${isShown ? "* " : ""}${event.type}: ${event.message}`;
    });
    // Every field of the change is named; their order is that of the object.
    deepEqual(lines.map(sortFields), expected.map(sortFields));
  });
}

function sortFields(line: string): string {
  return line.split(/(?<=web: )|, /).toSorted().join();
}

Deno.test("traceWrite() says who did what to which object, why, and by which rule", () => {
  const write = {
    controller: "Deployment",
    owner: deployment,
    action: "scaleReplicaSet",
    verb: "update",
    before: owned,
    target: { ...owned, spec: { ...owned.spec, replicas: 1 } },
    because: "2 Pods are available, and 1 must be",
    rule: "R-DEPLOY-6",
  } as const;
  deepEqual(traceWrite(write, 7), {
    type: "controller.decision",
    at: 7,
    object: "Deployment default/web",
    message: "Deployment web: ReplicaSet web-1 scaled from 2 to 1: " +
      "2 Pods are available, and 1 must be",
    controller: "Deployment",
    action: "scaleReplicaSet",
    target: "ReplicaSet default/web-1",
    because: "2 Pods are available, and 1 must be",
    rule: "R-DEPLOY-6",
  });
  const messages = [
    { ...write, action: "adoptReplicaSet" },
    { ...write, action: "annotateReplicaSet", target: owned },
    { ...write, verb: "delete", target: owned } as const,
  ].map((it) => traceWrite(it, 0).message.split(": ")[1]);
  deepEqual(messages, [
    "ReplicaSet web-1 adopted",
    "ReplicaSet web-1 updated",
    "ReplicaSet web-1 deleted",
  ]);
});

Deno.test("traceDecision() is about the object itself", () => {
  const event = { reason: "Completed", messageOf: () => "" };
  const decision = { action: "complete", because: "all is done", rule: "R-JOB-1", event } as const;
  const { message, object, target } = traceDecision("Job", deployment, decision, 0);
  deepEqual([message, object, target], [
    "Deployment web is complete: all is done",
    "Deployment default/web",
    "Deployment default/web",
  ]);
});

Deno.test("the lines of a Service say how many endpoints get traffic, and of a slice which", () => {
  const service = serviceOf();
  const counts = { ready: 1, notReady: 2, because: "Pod a is ready", rule: "R-SLICE-2" };
  deepEqual(traceEndpoints(service, counts, 7), {
    type: "endpoints.changed",
    at: 7,
    object: "Service default/web",
    message: "Service web: 1 endpoint ready, 2 not: Pod a is ready",
    ...counts,
  });
  const facts = { service, pods: [], slices: [] };
  const [empty] = applyToSlices([], computeEndpointSliceChanges(facts, momentAt(0)).writes);
  const pods = [backendOf("a"), backendOf("b", { ip: "10.1.0.8", isReady: false })];
  const changes = computeEndpointSliceChanges({ service, pods, slices: [empty!] }, momentAt(1));
  const [full] = applyToSlices([empty!], changes.writes);
  deepEqual(traceChange(empty, full, 8).map(({ message }) => message), [
    "EndpointSlice s0: ports 80, endpoints 10.1.0.7, 10.1.0.8 (not ready)",
  ]);
});
