/** A run without an end keeps nothing of the Pods that are gone. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";

const PROGRAM = new URL("../support/table_sizes.ts", import.meta.url).pathname;

const pod = { containers: [{ name: "c", image: "x" }] };
const template = { metadata: { labels: { app: "x" } }, spec: pod };
const selector = { matchLabels: { app: "x" } };

/** A Pod each minute, and Pods that are deleted each minute and come again. */
const OBJECTS = [
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "cron" },
    spec: {
      schedule: "* * * * *",
      jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: "Never" } } } },
    },
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "short" },
    spec: {
      schedule: "* * * * *",
      jobTemplate: {
        spec: {
          ttlSecondsAfterFinished: 5,
          template: { spec: { ...pod, restartPolicy: "OnFailure" } },
        },
      },
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas: 2, selector, template },
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: { replicas: 2, selector, template },
  },
];

const MINUTES = Array.from({ length: 40 }, (_, index) => index + 1);

/** Tables with a bound of their own, which these times do not reach. */
const BOUNDED = ["/src/node/event_recorder.ts", "/src/lifecycle/status/container_status.ts"];

Deno.test("a run that lasts twice as long has no table with more entries", async () => {
  const manifest = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const documents = OBJECTS.map((it) => JSON.stringify(it));
    await Deno.writeTextFile(manifest, documents.join("\n---\n"));
    const deletions = MINUTES.flatMap((at) => [
      ...["--delete", `web#${at}@${at}m30s`],
      ...["--delete", `db-1@${at}m30s`],
    ]);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "-A", PROGRAM, "20m,40m", manifest, ...deletions],
    }).output();
    ok(success, new TextDecoder().decode(stderr));
    const [short, long] = JSON.parse(new TextDecoder().decode(stdout)) as Record<string, number>[];
    const grown = Object.entries(long!)
      .filter(([site, size]) => size > short![site]! + 2)
      .filter(([site]) => !BOUNDED.some((file) => site.includes(file)))
      .map(([site, size]) => `${short![site]} then ${size} entries ${site}`);
    deepEqual(grown, []);
    // The Pods were there, and something counted them.
    ok(Math.max(...Object.values(long!)) > 500);
  } finally {
    await Deno.remove(manifest);
  }
});
