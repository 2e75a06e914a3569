/** The guess which container starts next. */
import { strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { findNextContainer } from "../../../src/node/config/next_container.ts";

const pod = (restartPolicy: "Always" | "OnFailure" | "Never"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: {
    restartPolicy,
    initContainers: [
      { name: "first", image: "i" },
      { name: "sidecar", image: "i", restartPolicy: "Always" },
      { name: "last", image: "i" },
    ],
    containers: [
      { name: "app", image: "i" },
      { name: "once", image: "i", restartPolicy: "Never" },
    ],
  },
});

const rows: [policy: "Always" | "OnFailure" | "Never", after: string, next: string | undefined][] =
  [
    ["Never", "first", "sidecar"],
    ["Never", "sidecar", "last"],
    ["Never", "last", "app"],
    ["Never", "app", undefined],
    ["OnFailure", "app", undefined],
    ["Always", "app", "app"],
    ["Always", "once", undefined],
  ];
for (const [policy, after, next] of rows) {
  Deno.test(`in a Pod with ${policy}, ${next ?? "nothing"} is expected after ${after}`, () => {
    equal(findNextContainer(pod(policy), after)?.name, next);
  });
}
