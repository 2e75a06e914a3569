/** Volumes of Pods that run, as what they come from changes. */
import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import type { Pod, Volume } from "../../../src/api/types/pod.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import { lineLogger } from "../../../src/base/log.ts";
import {
  findTokenReferences,
  findVolumeReferences,
} from "../../../src/node/config/pod_references.ts";
import { generateVolumeConfigs } from "../../../src/node/config/volume_config.ts";
import { startPodApi } from "../../../src/node/sources/start_pod_api.ts";
import type { FilesVolume } from "../../../src/runtime/config.ts";
import { Registry } from "../../../src/store/registry.ts";
import { RegistryClient } from "../../../src/store/registry_client.ts";
import { nodeFactsOf } from "../../support/node_facts.ts";
import { podOf } from "../../support/simulation.ts";

const VOLUMES: readonly Volume[] = [
  { name: "config", configMap: { name: "settings" } },
  { name: "secret", secret: { secretName: "login", optional: true } },
  {
    name: "labels",
    downwardAPI: {
      items: [{ path: "labels", fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels" } }],
    },
  },
  {
    name: "token",
    projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 600 } }] },
  },
];

/** A node with one Pod whose volumes have just been made; `written` is what comes after that. */
async function setUp() {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}` });
  const client = new RegistryClient(registry);
  const log: string[] = [];
  const written: string[] = [];
  const machine = { fault: "", gate: Promise.resolve() };
  let count = 0;
  const { sourcesOf, volumes } = startPodApi({
    addressFor: () => undefined,
    requestToken: () =>
      Promise.resolve({
        token: `token ${++count}`,
        expiresAt: clock.wallTime(clock.now()) + 600_000,
      }),
  }, {
    client,
    runtime: {
      updateVolumes: async (_uid: string, all: readonly FilesVolume[]) => {
        await machine.gate;
        if (machine.fault !== "") throw new Error(machine.fault);
        written.push(...all.map(show));
      },
    },
    node: nodeFactsOf("node-1"),
    clock,
    speed: 1,
    log: lineLogger((line) => log.push(line)),
  });
  const metadata = { namespace: "default", name: "settings" };
  registry.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1" } });
  const pod = podOf("p", [{
    name: "c",
    image: "i",
    volumeMounts: VOLUMES.map(({ name }) => ({ name, mountPath: `/${name}` })),
  }], { volumes: VOLUMES });
  const created = registry.create(pod);
  const prepare = async (pod: Pod) => {
    const references = { objects: findVolumeReferences(pod), tokens: findTokenReferences(pod) };
    const { configs } = generateVolumeConfigs(await sourcesOf(pod, references));
    volumes.add(pod, configs);
    return configs.flatMap((it) => it.type === "files" ? show(it) : []);
  };
  deepEqual(await prepare(created), ["config: 1", "secret: ", "labels: ", "token: token 1"]);
  const changeConfig = (a: string) =>
    registry.update({ ...registry.get("ConfigMap", "default", "settings")!, data: { a } });
  return { clock, registry, volumes, pod: created, written, log, machine, changeConfig, prepare };
}

function show({ name, files }: FilesVolume): string {
  return `${name}: ${files.map(({ data }) => new TextDecoder().decode(data)).join()}`;
}

Deno.test("a change of a ConfigMap is written, of another one nothing", async () => {
  const { clock, registry, written, changeConfig } = await setUp();
  const other = { namespace: "default", name: "other" };
  registry.create({ apiVersion: "v1", kind: "ConfigMap", metadata: other, data: { a: "2" } });
  await clock.advance(1);
  deepEqual(written, []);
  changeConfig("2");
  await clock.advance(1);
  deepEqual(written, ["config: 2"]);
});

Deno.test("a Secret that appears is written; one that goes leaves its volume empty", async () => {
  const { clock, registry, written } = await setUp();
  const metadata = { namespace: "default", name: "login" };
  registry.create({ apiVersion: "v1", kind: "Secret", metadata, data: { k: btoa("s") } });
  await clock.advance(1);
  registry.delete("Secret", "default", "login");
  await clock.advance(1);
  deepEqual(written, ["secret: s", "secret: "]);
});

Deno.test("labels of the Pod are written when they change, and its status is not looked at", async () => {
  const { clock, registry, pod, written } = await setUp();
  registry.updateStatus({ ...pod, status: { phase: "Running" } });
  const present = registry.get("Pod", "default", "p")!;
  registry.update({ ...present, metadata: { ...present.metadata, labels: { a: "b" } } });
  await clock.advance(1);
  deepEqual(written, ['labels: a="b"']);
});

Deno.test("a token is written again before it ends, again and again", async () => {
  const { clock, written } = await setUp();
  await clock.advance(479_000);
  deepEqual(written, []);
  await clock.advance(1000);
  deepEqual(written, ["token: token 2"]);
  await clock.advance(480_000);
  deepEqual(written, ["token: token 2", "token: token 3"]);
});

Deno.test("what cannot be made any more stays as it is, and is reported once", async () => {
  const { clock, registry, written, log, changeConfig } = await setUp();
  registry.delete("ConfigMap", "default", "settings");
  await clock.advance(480_000);
  deepEqual(written, ["token: token 2"]);
  deepEqual(log.length, 1);
  match(log[0]!, /Cannot refresh volumes.*configmap .*settings.* not found/);
  const metadata = { namespace: "default", name: "settings" };
  registry.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1" } });
  changeConfig("3");
  await clock.advance(1);
  deepEqual(written.at(-1), "config: 3");
});

Deno.test("what a machine refuses is written with the next change", async () => {
  const { clock, written, log, machine, changeConfig } = await setUp();
  machine.fault = "no room";
  changeConfig("2");
  await clock.advance(1);
  machine.fault = "";
  deepEqual([written, log.length], [[], 1]);
  changeConfig("3");
  await clock.advance(1);
  deepEqual(written, ["config: 3"]);
});

Deno.test("changes while one is written are one more write", async () => {
  const { clock, written, machine, changeConfig } = await setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  machine.gate = promise;
  changeConfig("2");
  await clock.advance(1);
  changeConfig("3");
  changeConfig("4");
  await clock.advance(1);
  resolve();
  await clock.advance(1);
  deepEqual(written, ["config: 2", "config: 4"]);
});

Deno.test("nothing is at work on the volumes of a Pod that is left alone", async () => {
  const { clock, pod, volumes, written, machine, changeConfig, prepare } = await setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  machine.gate = promise;
  changeConfig("2");
  await clock.advance(1);
  let isLeft = false;
  const leaving = volumes.remove(pod.metadata.uid!).then(() => isLeft = true);
  await clock.advance(1);
  deepEqual(isLeft, false);
  resolve();
  await leaving;
  changeConfig("3");
  await clock.advance(600_000);
  deepEqual(written, ["config: 2"]);
  // Its sandbox is made again.
  deepEqual((await prepare(pod)).at(-1), "token: token 2");
  changeConfig("4");
  await clock.advance(1);
  deepEqual(written, ["config: 2", "config: 4"]);
});
