/** Objects that manage Pods, explained from their events and from a status file. */
import { deepStrictEqual as deepEqual, match, throws } from "node:assert/strict";
import { explainText } from "../../src/cli/explain.ts";
import { explainObjectEvents } from "../../src/report/explain_object.ts";
import { deploymentOf } from "../support/workloads.ts";

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
