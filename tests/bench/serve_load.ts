/** A node that serves with many objects, many clients, and nothing to do. */
import { type ServedNode, serveNode } from "../support/served_node.ts";
import { type Benchmark, plainFigure } from "./figure.ts";
import { delay, measureIdle, readCpuMs, readStatusBytes } from "./footprint.ts";
import { type ClientWatch, connect, createAll, createMany, watch } from "./served_client.ts";

const OBJECTS = 10_000;
const PAGE = 500;
const LISTS = 5;
const WATCHES = 200;
const CHANGES = 100;
const CHANGE_MS = 50;
const SLEEPERS = 50;

const MB = 1_000_000;
const MAPS = "/api/v1/namespaces/default/configmaps";
const OPTIONS = ["--isolation", "process", "--network", "host", "--in-memory"];

const configMap = (name: string, annotations = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels: { app: "bench" }, annotations },
  data: { key: "value of a line that is as long as those in files of settings" },
});

/** Ten thousand objects: their lists and their memory. */
export const manyObjects: Benchmark = {
  name: "objects",
  async run() {
    await using node = await serveNode(OPTIONS);
    await createMany(node, MAPS, OBJECTS, (name) => configMap(name));
    await listAll(node);
    const before = readCpuMs(node.pid);
    for (let round = 0; round < LISTS; round++) await listAll(node);
    const list = (readCpuMs(node.pid) - before) / LISTS;
    const rss = readStatusBytes(node.pid, "VmRSS") / MB;
    return [
      plainFigure(
        `CPU time of a list of ${OBJECTS} objects in pages of ${PAGE}`,
        list,
        "ms",
        { atMost: 150 },
      ),
      plainFigure(`the server with ${OBJECTS} objects, after them`, rss, "MB", { atMost: 250 }),
    ];
  },
};

async function listAll(node: ServedNode): Promise<void> {
  let count = 0;
  for (let token: string | undefined = "";;) {
    const response = await node.fetch(`${MAPS}?limit=${PAGE}&continue=${token}`);
    const { items, metadata } = await response.json();
    count += items.length;
    token = metadata.continue;
    if (token === undefined) break;
  }
  if (count < OBJECTS) throw new Error(`the lists have ${count} objects`);
}

/** 200 clients that watch while Pods start and end. */
export const manyWatches: Benchmark = {
  name: "watches",
  async run() {
    await using node = await serveNode(["--in-memory"]);
    await createAll(node, MAPS, [configMap("changed")]);
    await createAll(node, "/apis/batch/v1/namespaces/default/jobs", [BUSY_JOB]);
    const clients = [await connect(node), await connect(node)];
    const watches = await Promise.all(
      Array.from({ length: WATCHES }, (_, index) => watch(node, MAPS, clients[index % 2])),
    );
    const sent: number[] = [];
    for (let index = 0; index < CHANGES; index++) {
      await delay(CHANGE_MS);
      sent.push(performance.now());
      const response = await node.fetch(`${MAPS}/changed`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify({ metadata: { annotations: { index: String(index) } } }),
      });
      await response.json();
    }
    const last = String(CHANGES - 1);
    await Promise.all(
      watches.map((it) => it.until(({ object }) => indexOf(object) === last)),
    );
    const times = watches.flatMap(({ events }) =>
      events.map(({ object, at }) => at - sent[Number(indexOf(object))]!)
    ).toSorted((a, b) => a - b);
    const lost = watches.map(countLost).reduce((sum, it) => sum + it, 0);
    await Promise.all(watches.map((it) => it[Symbol.asyncDispose]()));
    for (const client of clients) client.close();
    const at = (part: number) => times[Math.floor(times.length * part)]!;
    const what = `a change until ${WATCHES} watches of a busy node have it`;
    return [
      plainFigure("events that these watches miss", lost, "events", { atMost: 0 }),
      plainFigure(`${what}, 99th percentile`, at(0.99), "ms", { atMost: 20 }),
      plainFigure(`${what}, median`, at(0.5), "ms", { atMost: 20 }),
    ];
  },
};

function indexOf({ metadata }: ClientWatch["events"][number]["object"]): string | undefined {
  return metadata.annotations?.["index"];
}

function countLost({ events }: ClientWatch): number {
  const seen = new Set(events.map(({ object }) => indexOf(object)));
  return CHANGES - seen.size;
}

/** Pods that come and go, two at a time. */
const BUSY_JOB = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "busy" },
  spec: {
    parallelism: 2,
    completions: 1000,
    template: {
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "c", image: "busybox", command: ["sleep", "0.2"] }],
      },
    },
  },
};

/** A node without requests. */
export const idleServer: Benchmark = {
  name: "serve-idle",
  async run() {
    await using node = await serveNode(["--in-memory"]);
    const empty = await measureIdle(node.pid);
    await createMany(node, "/api/v1/namespaces/default/pods", SLEEPERS, (name) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "c", image: "busybox", command: ["sleep", "86400"] }],
      },
    }));
    await using pods = await watch(node, "/api/v1/namespaces/default/pods");
    const list = async () => await (await node.fetch("/api/v1/namespaces/default/pods")).json();
    // deno-lint-ignore no-explicit-any
    const runs = ({ status }: any) => status?.phase === "Running";
    while (!(await list()).items.every(runs)) await delay(200);
    await pods[Symbol.asyncDispose]();
    // What was prepared for a restart in haste is released by then.
    await delay(15_000);
    const full = await measureIdle(node.pid);
    return [
      plainFigure("a server, idle", empty, "% of a core", { atMost: 0.1 }),
      plainFigure(`the same with ${SLEEPERS} Pods`, full, "% of a core", { atMost: 0.1 }),
    ];
  },
};
