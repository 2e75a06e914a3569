/** What a run says when a signal asks it to end. */
import { strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { describeEnding } from "../../../src/cli/output/ending.ts";

function pod(name: string, running: readonly string[], graceSeconds: number): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "c" }], terminationGracePeriodSeconds: graceSeconds },
    status: {
      containerStatuses: [...running.map((it) => status(it, true)), status("other", false)],
    },
  };
}

function status(name: string, runs: boolean) {
  const state = runs ? { running: {} } : { waiting: { reason: "CrashLoopBackOff" } };
  return { name, state, ready: runs, restartCount: 0, image: "i", imageID: "" };
}

const rows: [pods: Pod[], speed: number, said: string | undefined][] = [
  [[], 1, undefined],
  [[pod("a", [], 30)], 1, undefined],
  [[pod("a", ["web"], 30)], 1, "30 s for container web to end; a second Ctrl-C ends it"],
  [[pod("a", ["web"], 30)], 10, "3 s for container web to end; a second Ctrl-C ends it"],
  [[pod("a", ["web"], 30)], 60, "2 s for container web to end; a second Ctrl-C ends it"],
  [[pod("a", ["web"], 1)], 60, "1 s for container web to end; a second Ctrl-C ends it"],
  [
    [pod("a", ["web", "db"], 5), pod("b", ["web"], 40), pod("c", [], 60)],
    1,
    "40 s for containers a/web, a/db, b/web to end; a second Ctrl-C ends them",
  ],
  [
    [pod("a", ["1", "2", "3", "4", "5", "6"], 30)],
    1,
    "30 s for containers 1, 2, 3, 4 and 2 more to end; a second Ctrl-C ends them",
  ],
];
for (const [pods, speed, said] of rows) {
  Deno.test(`describeEnding() ${said}`, () => {
    const wanted = said === undefined ? undefined : `Waiting at most ${said} at once`;
    equal(describeEnding(pods, "SIGINT", speed), wanted);
    equal(describeEnding(pods, "SIGTERM", speed), wanted?.replace("Ctrl-C", "SIGTERM"));
  });
}
