import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import type { KindName, ObjectOf } from "../../src/api/types/kinds.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { readSources } from "../../src/node/source_reader.ts";
import { podSources } from "../support/pod_sources.ts";
import { containerOf, podOf } from "../support/simulation.ts";

const pod: Pod = podOf("web", [
  {
    ...containerOf("a"),
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
  return { reads, read };
}

Deno.test("readSources() reads each object that a pod refers to once, wherever the reference is (R-ENV-1 R-VOL-1)", async () => {
  const { reads, read } = fakeStore();
  const sources = await readSources({ read }, node, pod);
  deepEqual(reads.toSorted(), [
    "ConfigMap default/all",
    "ConfigMap default/files",
    "ConfigMap default/init",
    "ConfigMap default/one",
    "ConfigMap default/part",
    "PersistentVolumeClaim default/data",
    "Secret default/key",
    "Secret default/login",
    "Secret default/token",
  ]);
  equal(sources.configMap("part")?.metadata.name, "part");
  equal(sources.claim("data")?.metadata.name, "data");
  equal(sources.secret("login"), undefined);
  deepEqual([sources.pod, sources.node], [pod, node]);
});

Deno.test("readSources() reads nothing for a pod that refers to nothing", async () => {
  const { reads, read } = fakeStore();
  await readSources({ read }, node, podOf("web", ["a"]));
  deepEqual(reads, []);
});

Deno.test("readSources() fails when the store cannot be asked, with its answer as the cause", async () => {
  const cause = new TypeError("connection refused");
  await rejects(readSources({ read: () => Promise.reject(cause) }, node, pod), {
    name: "UnreadableError",
    message: "Cannot read the objects that the Pod refers to: connection refused",
    cause,
  });
});
