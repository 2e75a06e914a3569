/** Objects that manage Pods, explained from their events and from a status file. */
import { deepStrictEqual as deepEqual, match, throws } from "node:assert/strict";
import { explainText } from "../../src/cli/explain.ts";
import { explainObjectEvents } from "../../src/report/explain_object.ts";
import { computeEndpointSliceChanges } from "../../src/controllers/endpoint_slice/endpoint_slice.ts";
import { applyToSlices, backendOf, serviceOf } from "../support/services.ts";
import { deploymentOf, momentAt } from "../support/workloads.ts";

const object = "Deployment default/web";
const stuck = {
  type: "object.condition",
  at: 5000,
  object,
  message: "Deployment web: Progressing is False (ProgressDeadlineExceeded): it is late",
  condition: "Progressing",
  status: "False",
  reason: "ProgressDeadlineExceeded",
  because: "it is late",
  rule: "R-DEPLOY-11",
} as const;
const updated = {
  type: "object.updated",
  at: 4000,
  object,
  message: "Deployment web: 1 of 2 Pods available",
  change: "1 of 2 Pods available",
} as const;

Deno.test("explainObjectEvents(): decisions, the last conditions, the rules, and what to look at", () => {
  const lines = explainObjectEvents([updated, stuck]);
  deepEqual(lines.filter((line) => !line.startsWith(" ")), [
    "Deployment default/web: 1 of 2 Pods available",
    "What was decided, and why:",
    "Its last conditions:",
    "The rules:",
    "What to look at next:",
  ]);
  match(lines.join("\n"), /5\.000s {2}Deployment web: Progressing is False .*\(R-DEPLOY-11\)$/m);
  match(lines.join("\n"), /^ {2}R-DEPLOY-11: A rollout without progress/m);
  match(lines.join("\n"), /^ {2}Deployment default\/web: Look at the new Pods/m);
  deepEqual(explainObjectEvents([updated]), []);
});

Deno.test("explain reads a log that has events of objects alone, and a status file with both", () => {
  match(explainText(`${JSON.stringify(stuck)}\n`, "f")[0]!, /^Deployment default\/web/);
  const deployment = deploymentOf({ replicas: 2 });
  const status = {
    availableReplicas: 1,
    conditions: [{ ...stuck, type: "Progressing", message: "it is late." }],
  };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [] },
    status: { phase: "Running" },
  };
  const list = { apiVersion: "v1", kind: "List", items: [{ ...deployment, status }, pod] };
  const lines = explainText(JSON.stringify(list), "f");
  deepEqual(lines.slice(0, 2), ["Deployment default/web: 1 of 2 Pods available", "Conditions:"]);
  match(
    lines.join("\n"),
    /Progressing is False \(ProgressDeadlineExceeded\): it is late\. The roll/,
  );
  match(lines.join("\n"), /^Pod default\/p: Running/m);
  throws(() => explainText('{"kind":"Service","apiVersion":"v1"}', "f"), /expected a Pod/);
});

Deno.test("explain says of a Service, its slices and a namespace how they are", () => {
  const service = serviceOf({ type: "NodePort", ports: [{ port: 80, nodePort: 30_086 }] });
  const pods = [
    backendOf("a"),
    backendOf("b", { isReady: false }),
    backendOf("c", { isTerminating: true }),
  ];
  const facts = { service, pods, slices: [] };
  const slices = applyToSlices([], computeEndpointSliceChanges(facts, momentAt(0)).writes);
  const namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "team-a" },
    spec: {},
    status: {
      phase: "Terminating",
      conditions: [{
        type: "NamespaceContentRemaining",
        status: "True",
        reason: "SomeResourcesRemain",
        message: "Some resources are remaining: pods. has 1 resource instances",
      }],
    },
  };
  const headless = serviceOf({ clusterIP: "None", clusterIPs: ["None"], ports: [] });
  const items = [service, headless, ...slices, namespace];
  deepEqual(explainText(JSON.stringify({ apiVersion: "v1", kind: "List", items }), "f"), [
    "Service default/web: NodePort 10.96.1.1, TCP 80 and 30086 of the node to 80",
    "",
    "Service default/web: ClusterIP without an address",
    "",
    "EndpointSlice default/s0: 1 of 3 endpoints ready",
    "Endpoints:",
    "  10.1.0.7 (Pod a): ready",
    "  10.1.0.7 (Pod b): its Pod is not Ready: it gets no traffic (R-SLICE-2)",
    "  10.1.0.7 (Pod c): its Pod is being deleted: it gets no new traffic (R-SLICE-4)",
    "",
    "Namespace team-a: Terminating",
    "Conditions:",
    "  NamespaceContentRemaining is True (SomeResourcesRemain): Some resources are remaining: " +
    "pods. has 1 resource instances. A namespace that is being deleted still has objects in it; " +
    "Pods go first. (R-NS-3)",
    "What to look at next:",
    "  Namespace team-a: The message counts what is left; a Pod takes its grace period to end.",
  ]);
});

Deno.test("explain says why the endpoints of a Service changed", () => {
  const event = {
    type: "endpoints.changed",
    time: "2026-01-01T00:00:01.000000Z",
    at: 1000,
    object: "Service default/web",
    message: "Service web: 1 endpoint ready: Pod a is ready",
    ready: 1,
    notReady: 0,
    because: "Pod a is ready",
    rule: "R-SLICE-2",
  };
  const lines = explainText(`${JSON.stringify(event)}\n`, "f");
  deepEqual(lines.slice(0, 3), [
    "Service default/web",
    "What was decided, and why:",
    "  1.000s  Service web: 1 endpoint ready: Pod a is ready (R-SLICE-2)",
  ]);
});
