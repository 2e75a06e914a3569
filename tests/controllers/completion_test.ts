import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { computeObjectState, type ObjectState } from "../../src/controllers/completion.ts";
import { cronJobOf, jobOf } from "../support/batch.ts";
import { podOf } from "../support/workloads.ts";

const finished = { conditions: [{ type: "Failed", status: "True" as const }] };

const announced = { conditions: [{ type: "SuccessCriteriaMet", status: "True" as const }] };

/** A Job, how far its Pods are, and how far it is. */
const rows: readonly [string, object, object, ObjectState[], ObjectState][] = [
  ["one that has finished", {}, finished, [], "done"],
  ["one that waits for the back-off", {}, {}, [], "active"],
  ["one whose Pod runs", {}, {}, ["active"], "active"],
  ["one whose Pod can never start", {}, {}, ["stuck"], "stuck"],
  ["one that has a deadline", { activeDeadlineSeconds: 5 }, {}, ["stuck"], "active"],
  ["one of two can start", { completions: 2, parallelism: 2 }, {}, ["stuck", "active"], "active"],
  ["the next Pod is still to come", { completions: 2, parallelism: 2 }, {}, ["stuck"], "active"],
  ["the last Pod can never start", { completions: 2 }, { succeeded: 1 }, ["stuck"], "stuck"],
  ["one that wants no Pods", { parallelism: 0 }, {}, [], "stuck"],
  ["one that wants none any more, and has one", { parallelism: 0 }, {}, ["active"], "active"],
  ["one of none that is about to end", { parallelism: 0 }, announced, [], "active"],
  ["one that is suspended", { suspend: true }, {}, [], "stuck"],
  ["one of another controller", { managedBy: "example.com/queue" }, {}, [], "stuck"],
];

for (const [name, spec, status, states, expected] of rows) {
  Deno.test(`computeObjectState() of a Job: ${name}`, () => {
    const pods = states.map((_, index) =>
      podOf(String(index), { metadata: { finalizers: ["f"] } })
    );
    const stateOf = (pod: Pod) => states[pods.indexOf(pod)]!;
    const job = { ...jobOf(spec), status };
    deepEqual(computeObjectState(job, { stateOf, ownedBy: () => pods }), expected);
  });
}

Deno.test("computeObjectState() a CronJob never ends", () => {
  const pods = { stateOf: () => "done" as const, ownedBy: () => [] };
  deepEqual(computeObjectState(cronJobOf(), pods), "endless");
});
