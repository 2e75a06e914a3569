import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { createScheduling } from "../../../src/api/scheduling/scheduling.ts";
import type { Pod, PodSpec } from "../../../src/api/types/pod.ts";
import { nodeFactsOf } from "../../support/node_facts.ts";
import { podOf } from "../../support/simulation.ts";

/** A Pod that requests CPU, on the node since so many seconds. */
function pod(name: string, cpu: string, priority?: number, change: Partial<PodSpec> = {}): Pod {
  const made = podOf(name, [{ name: "a", resources: { requests: { cpu } } }], {
    ...(priority !== undefined && { priority }),
    ...change,
  });
  return { ...made, metadata: { ...made.metadata, uid: name } };
}

const since = (it: Pod, second: number): Pod => ({
  ...it,
  status: { startTime: `2026-01-01T00:00:0${second}Z` },
});

/** On its way out to make room. */
const ending = (it: Pod): Pod => ({
  ...it,
  metadata: { ...it.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
  status: {
    conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }],
  },
});

const nominated = (it: Pod): Pod => ({ ...it, status: { nominatedNodeName: "node-1" } });

const NONE = "No preemption victims found for incoming pod";

/** Of a node with 2 CPUs. */
const rows: readonly [
  about: string,
  candidate: Pod,
  present: readonly Pod[],
  victims: readonly string[],
  preemption?: string,
][] = [
  ["a lower one", pod("a", "1", 10), [pod("low", "2")], ["low"]],
  ["equal ones", pod("a", "1", 10), [pod("b", "2", 10)], [], `0/1 nodes are available: 1 ${NONE}.`],
  ["no more than have to go", pod("a", "1", 10), [pod("b", "1"), pod("c", "1", 5)], ["b"]],
  ["the younger of two", pod("a", "1", 10), [since(pod("b", "1"), 1), since(pod("c", "1"), 2)], [
    "c",
  ]],
  ["none that makes no room", pod("a", "2", 10), [
    pod("b", "0", 1),
    pod("c", "1", 1),
    pod("d", "1", 1),
  ], [
    "c",
    "d",
  ]],
  [
    "not where the others alone are too many",
    pod("a", "1", 10),
    [pod("b", "1"), pod("c", "2", 10)],
    [],
    "0/1 nodes are available: 1 Insufficient cpu.",
  ],
  [
    "not for what the node never has",
    pod("a", "3", 10),
    [pod("b", "1")],
    [],
    "0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  ],
  [
    "not for one that asks for none",
    pod("a", "1", 10, { preemptionPolicy: "Never" }),
    [pod("b", "2")],
    [],
    "not eligible due to preemptionPolicy=Never.",
  ],
  [
    "not while one is on its way out for it",
    nominated(pod("a", "1", 10)),
    [ending(pod("b", "1")), pod("c", "1")],
    [],
    "not eligible due to a terminating pod on the nominated node.",
  ],
];
for (const [about, candidate, present, victims, preemption] of rows) {
  Deno.test(`R-SCHED-5: a Pod preempts ${about}`, () => {
    const scheduling = createScheduling(nodeFactsOf("node-1"));
    const pods = scheduling.createNodePods();
    for (const it of present) pods.add(it);
    const found = scheduling.findUnschedulable(candidate, { pods, findClaim: () => undefined })!;
    const cpu = "0/1 nodes are available: 1 Insufficient cpu.";
    deepEqual(found.victims.map(({ metadata }) => metadata.name), victims);
    deepEqual(
      found.message,
      preemption === undefined
        ? cpu
        : `${cpu} no new claims to deallocate, preemption: ${preemption}`,
    );
  });
}
