import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import type { KindName, ObjectOf } from "../../../src/api/types/kinds.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import {
  findContainerReferences,
  findVolumeReferences,
} from "../../../src/node/config/pod_references.ts";
import { readSources } from "../../../src/node/sources/source_reader.ts";
import type { ObjectClient } from "../../../src/store/client.ts";
import { podSources } from "../../support/pod_sources.ts";
import { containerOf, podOf } from "../../support/simulation.ts";

const pod: Pod = podOf("web", [
  {
    ...containerOf("a"),
    volumeMounts: ["v1", "v2", "v3", "v4", "v5"].map((name) => ({ name, mountPath: `/${name}` })),
    envFrom: [{ configMapRef: { name: "all" } }, { secretRef: { name: "login" } }],
    env: [
      { name: "A", value: "plain" },
      { name: "B", valueFrom: { configMapKeyRef: { name: "one", key: "k" } } },
      { name: "C", valueFrom: { secretKeyRef: { name: "login", key: "k", optional: true } } },
    ],
  },
], {
  initContainers: [{ ...containerOf("i"), envFrom: [{ configMapRef: { name: "init" } }] }],
  volumes: [
    { name: "v1", configMap: { name: "files" } },
    { name: "v2", secret: { secretName: "key" } },
    { name: "v3", persistentVolumeClaim: { claimName: "data" } },
    { name: "v4", emptyDir: {} },
    { name: "unmounted", configMap: { name: "unused" } },
    {
      name: "v5",
      projected: {
        sources: [{ configMap: { name: "part" } }, { secret: { name: "token" } }],
      },
    },
  ],
});

const { node } = podSources(pod);

/** A store that has everything but `login`, and records what is read. */
function fakeStore() {
  const reads: string[] = [];
  const read = <K extends KindName>(kind: K, namespace: string, name: string) => {
    reads.push(`${kind} ${namespace}/${name}`);
    const object = { apiVersion: "v1", kind, metadata: { namespace, name } };
    return Promise.resolve(name === "login" ? undefined : object as unknown as ObjectOf<K>);
  };
  return { reads, read, list: () => [] };
}

const containers = [...pod.spec.containers, ...pod.spec.initContainers!];
const rows = [
  ["the volumes that are mounted, and no other (R-VOL-1)", findVolumeReferences(pod), [
    "ConfigMap default/files",
    "ConfigMap default/part",
    "PersistentVolumeClaim default/data",
    "Secret default/key",
    "Secret default/token",
  ]],
  ["a container, each once (R-ENV-1)", findContainerReferences(containers[0]!), [
    "ConfigMap default/all",
    "ConfigMap default/one",
    "Secret default/login",
  ]],
  ["an init container (R-ENV-1)", findContainerReferences(containers[1]!), [
    "ConfigMap default/init",
  ]],
  ["a container that refers to nothing", findContainerReferences(containerOf("a")), []],
] as const;
for (const [what, references, expected] of rows) {
  Deno.test(`readSources() reads the objects of ${what}`, async () => {
    const { reads, ...store } = fakeStore();
    await readSources({ client: store, node }, pod, { objects: references });
    deepEqual(reads.toSorted(), expected);
  });
}

Deno.test("readSources() finds what has been read, and what is not there", async () => {
  const references = [...findVolumeReferences(pod), ...findContainerReferences(containers[0]!)];
  const sources = await readSources({ client: fakeStore(), node }, pod, { objects: references });
  equal(sources.configMap("part")?.metadata.name, "part");
  equal(sources.claim("data")?.metadata.name, "data");
  equal(sources.secret("login"), undefined);
  deepEqual([sources.pod, sources.node], [pod, node]);
});

Deno.test("readSources() finds the Services of the pod's namespace", async () => {
  const services = ["default", "other"].map((namespace) => ({
    apiVersion: "v1" as const,
    kind: "Service" as const,
    metadata: { name: "web", namespace },
    spec: {},
  }));
  const list = (() => services) as unknown as ObjectClient["list"];
  const sources = await readSources({ client: { ...fakeStore(), list }, node }, pod, {
    objects: [],
  });
  deepEqual(sources.services, services.slice(0, 1));
});

Deno.test("readSources() fails when the store cannot be asked, with its answer as the cause", async () => {
  const cause = new TypeError("connection refused");
  await rejects(
    readSources(
      { client: { ...fakeStore(), read: () => Promise.reject(cause) }, node },
      pod,
      { objects: findVolumeReferences(pod) },
    ),
    {
      name: "UnreadableError",
      message: "Cannot read the objects that the Pod refers to: connection refused",
      cause,
    },
  );
});
