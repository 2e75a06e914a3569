/** What a start prepares for the container after it. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container, Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { ContainerStarts } from "../../src/node/container_start.ts";
import type { PodReference } from "../../src/node/config/pod_references.ts";
import type { ContainerConfig } from "../../src/runtime/config.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { podSources } from "../support/pod_sources.ts";

const settings: Container = {
  name: "app",
  image: "i",
  command: ["run"],
  envFrom: [{ secretRef: { name: "keys" } }],
  env: [
    { name: "SIZE", valueFrom: { configMapKeyRef: { name: "settings", key: "size" } } },
    { name: "PLAIN", value: "yes" },
  ],
};

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u-1" },
  spec: {
    initContainers: [{ name: "init", image: "i", command: ["prepare"] }],
    containers: [settings],
  },
};

/** Starts a container; the configurations that the runtime was asked for, and what was read. */
async function start(name: string) {
  const expected: ContainerConfig[] = [];
  const created: ContainerConfig[] = [];
  const read: PodReference[] = [];
  const runtime: Partial<Runtime> = {
    createContainer: (_sandboxId, config) => Promise.resolve(`id-${created.push(config)}`),
    startContainer: () => Promise.resolve({ pid: 1, startedAt: 0, startMs: 0 }),
    expectContainer: (_sandboxId, config) => void expected.push(config),
  };
  const log: string[] = [];
  const starts = new ContainerStarts({
    runtime: runtime as Runtime,
    clock: new VirtualClock(),
    defaults: { resolveImage: () => [], user: { uid: 0, gid: 0 }, home: "/root" },
    sourcesOf: (pod, { objects }) => {
      read.push(...objects);
      const known = (kind: string, name: string) =>
        objects.some((it) => it.kind === kind && it.name === name);
      const sources = podSources(pod, {
        configMaps: { settings: { size: "3" } },
        secrets: { keys: { KEY: "secret" } },
      });
      return Promise.resolve({
        ...sources,
        configMap: (it: string) => known("ConfigMap", it) ? sources.configMap(it) : undefined,
        secret: (it: string) => known("Secret", it) ? sources.secret(it) : undefined,
      });
    },
    log: lineLogger((line) => log.push(line)),
  }, () => "127.0.0.2");
  const action = {
    type: "startContainer",
    name,
    restartCount: 0,
    sandboxId: "s",
    image: "i",
    postStart: false,
  } as const;
  const { type } = await starts.start(pod, action);
  deepEqual([type, log], ["containerStarted", []]);
  return { expected, created, read };
}

Deno.test("a container is prepared before the objects of its variables are read", async () => {
  const { expected: [prepared, ...more], read } = await start("init");
  deepEqual([read, more], [[], []]);
  const { created: [app] } = await start("app");
  const { env: early, ...before } = prepared!;
  const { env, ...later } = app!;
  deepEqual(before, later);
  const names = ["KEY", "SIZE", "PLAIN"];
  const of = (variables: ContainerConfig["env"]) => variables.filter(([it]) => names.includes(it));
  deepEqual(of(early), [["PLAIN", "yes"]]);
  deepEqual(of(env), [["KEY", "secret"], ["SIZE", "3"], ["PLAIN", "yes"]]);
});

Deno.test("a container that may be restarted is prepared with the objects of its start", async () => {
  const { expected, created, read } = await start("app");
  deepEqual(expected, created);
  equal(read.length, 2);
});
