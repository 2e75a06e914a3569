/** Runs with objects that manage Pods: their end, their exit status, what is changed meanwhile. */
import {
  deepStrictEqual as deepEqual,
  match,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import type { Deployment } from "../../../src/api/types/apps.ts";
import type { PodSpec } from "../../../src/api/types/pod.ts";
import { UsageError } from "../../../src/base/usage_error.ts";
import { runInMemory } from "../../support/run_in_memory.ts";

const labels = { app: "web" };

function deployment(
  spec: Partial<Deployment["spec"]> = {},
  { image = "i:1", ...pod }: Partial<PodSpec> & { readonly image?: string } = {},
): Deployment {
  const containers = [{ name: "c", image, command: ["c"] }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, ...pod } },
      ...spec,
    },
  };
}

function pod(name: string, image = "i:1") {
  const containers = [{ name: "c", image, command: ["c"] }];
  const spec = { restartPolicy: "Never", containers };
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec };
}

const slow = { c: { startMs: 1000 } };

Deno.test("--until Available ends a run with 0; owners go first, and nothing is healed", async () => {
  const ended = await runInMemory({
    files: { "web.json": deployment() },
    words: ["web.json", "--until", "Available"],
    scripts: slow,
  });
  deepEqual([ended.status, ended.at], [0, 1000]);
  equal(ended.pods.length, 2);
  deepEqual(ended.objects.map(({ kind }) => kind), ["Deployment", "ReplicaSet"]);
  const decisions = ended.events.filter(({ type }) => type === "controller.decision");
  deepEqual(decisions.map(({ action, rule }) => `${action} ${rule}`), [
    "createReplicaSet R-DEPLOY-1",
    "createPod R-RS-1",
    "createPod R-RS-1",
  ]);
  match(ended.stderr, /^ +1\.000s {2}web +Deployment web: 2 of 2 Pods available$/m);
  match(ended.stderr, /^ +1\.000s {2}web +Deployment web: Available is True/m);
});

Deno.test("a Deployment keeps its run going until a signal, a timeout, or its deletion", async () => {
  const files = { "web.json": deployment() };
  const signal = await runInMemory({
    files,
    words: ["web.json"],
    later: async (run, _cluster, clock) => {
      await clock.sleepUntil(5000);
      run.endGracefully({ type: "signal", signal: "SIGTERM" });
    },
  });
  deepEqual([signal.status, signal.at], [143, 5000]);
  const timeout = await runInMemory({ files, words: ["web.json", "--timeout", "7s"] });
  deepEqual([timeout.status, timeout.at], [124, 7000]);
  const deleted = await runInMemory({ files, words: ["web.json", "--delete", "deploy/web@9s"] });
  deepEqual([deleted.status, deleted.at], [0, 9000]);
  const collected = deleted.events.filter(({ controller }) => controller === "GarbageCollector");
  deepEqual(collected.map(({ action, rule }) => `${action} ${rule}`), [
    "deleteDependent R-GC-1",
    "deleteDependent R-GC-1",
    "deleteDependent R-GC-1",
  ]);
});

Deno.test("the Pods of a controller do not decide, those beside it do", async () => {
  const ended = await runInMemory({
    files: { "all.json": { apiVersion: "v1", kind: "List", items: [deployment(), pod("alone")] } },
    words: ["all.json", "--delete", "Deployment/web@20s"],
    scripts: { "alone/c": { exitAfterMs: 1000, exit: { exitCode: 7 } } },
  });
  deepEqual([ended.status, ended.at], [7, 20_000]);
});

Deno.test("--delete OWNER#2: a Pod of a Deployment is replaced, one that stands alone is not", async () => {
  const ended = await runInMemory({
    files: { "all.json": { apiVersion: "v1", kind: "List", items: [deployment(), pod("alone")] } },
    words: ["all.json", "--delete", "alone@5s", "--delete", "web#2@5s", "--timeout", "10s"],
  });
  const created = ended.events.filter(({ action }) => action === "createPod");
  deepEqual(created.map(({ at }) => at), [0, 0, 5000]);
  deepEqual(ended.pods.map(([name]) => name === "alone"), [true, false, false]);
});

Deno.test("--apply: a new image rolls, another number of replicas scales, and a new object is added", async () => {
  const ended = await runInMemory({
    files: {
      "web.json": deployment(),
      "v2.json": deployment({}, { image: "i:2" }),
      "more.json": deployment({ replicas: 3 }, { image: "i:2" }),
      "pod.json": pod("later"),
    },
    words: [
      ...["web.json", "--apply", "v2.json@5s", "--apply", "more.json@20s"],
      ...["--apply", "pod.json@30s", "--until", "Available"],
    ],
    scripts: slow,
  });
  equal(ended.status, 0);
  const updates = ended.events.filter(({ type, owner }) =>
    type === "object.updated" && owner === undefined
  ).map(({ change }) => String(change)).filter((it) => it.startsWith("spec."));
  deepEqual(updates, [
    'spec.template.spec.containers[0].image is now "i:2"',
    "spec.replicas is now 3",
  ]);
  ok(ended.pods.some(([name]) => name === "later"));
  const [web] = ended.objects as Deployment[];
  deepEqual([web!.status?.availableReplicas, web!.metadata.generation], [3, 3]);
});

Deno.test("--apply that is refused: the API server's words, and the run goes on", async () => {
  const other = { matchLabels: { app: "other" } };
  const template = deployment().spec.template;
  const changed = deployment({
    selector: other,
    template: { ...template, metadata: { labels: other.matchLabels } },
  });
  const ended = await runInMemory({
    files: {
      "all.json": { apiVersion: "v1", kind: "List", items: [deployment(), pod("alone")] },
      "other.json": changed,
      "pod.json": { ...pod("alone"), spec: { ...pod("alone").spec, hostname: "x" } },
      "image.json": pod("alone", "i:2"),
    },
    words: [
      ...["all.json", "--apply", "other.json@2s", "--apply", "pod.json@3s"],
      ...["--apply", "image.json@4s", "--timeout", "9s"],
    ],
  });
  equal(ended.status, 124);
  match(ended.stderr, /Cannot apply other\.json: .*spec\.selector: Invalid value: .*immutable/);
  match(ended.stderr, /Cannot apply pod\.json: .*pod updates may not change fields other than/);
  match(ended.stderr, /^ +4\.000s {2}alone\/c +.*will be restarted|Stopping container c/m);
});

Deno.test("the restart policy of the command line is refused where a template cannot have it", async () => {
  const run = runInMemory({
    files: { "web.json": deployment() },
    words: ["web.json", "--restart-policy", "Never"],
  });
  const error = await run.then(() => undefined, (it) => it as Error);
  match(String(error?.message), /restartPolicy/);
});

Deno.test("fields of a template that are not enforced are reported with their place", async () => {
  const ended = await runInMemory({
    files: { "web.json": deployment({}, { runtimeClassName: "gvisor" }) },
    words: ["web.json", "--until", "Available"],
  });
  const ignored = ended.events.filter(({ type }) => type === "field.ignored");
  deepEqual(ignored.map(({ object, field }) => [object, field]), [
    ["Deployment default/web", "spec.template.spec.runtimeClassName"],
  ]);
});

Deno.test("--until Available: a rollout that exceeds its deadline ends the run with 1 (R-DEPLOY-11)", async () => {
  const ended = await runInMemory({
    files: { "web.json": deployment({ progressDeadlineSeconds: 5 }) },
    words: ["web.json", "--until", "Available"],
    scripts: { c: { startMs: 1e6 } },
  });
  equal(ended.status, 1);
  const gone = ended.events.find((it) =>
    it.type === "object.deleted" && it.object === "Deployment default/web"
  );
  ok(Number(gone?.at) < 10_000, `deleted at ${gone?.at}`);
  match(ended.stderr, /^podling: deployment "web" exceeded its progress deadline$/m);
});

Deno.test("--delete names a Pod of an owner without the owner's kind", async () => {
  const words = (deleted: string) => ["web.json", "--timeout", "2s", "--delete", `${deleted}@1s`];
  const files = { "web.json": deployment() };
  await rejects(
    runInMemory({ files, words: words("deploy/web#1"), scripts: {} }),
    new UsageError('--delete: "web#1" is a Pod of an owner; leave out the kind deploy'),
  );
  equal((await runInMemory({ files, words: words("Pod/web#1"), scripts: {} })).status, 124);
});
