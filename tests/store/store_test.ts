import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { ConfigMap } from "../../src/api/types/core.ts";
import type { WatchEvent } from "../../src/store/client.ts";
import { ObjectStore } from "../../src/store/store.ts";

const configMap = (name: string, value = ""): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});

/** `TYPE name=value` */
const format = ({ type, object }: WatchEvent<ConfigMap>) =>
  `${type} ${object.metadata.name}=${object.data?.value}`;

Deno.test("ObjectStore gives each write a version of its own", () => {
  const store = new ObjectStore();
  const a = store.create(configMap("a"));
  const b = store.create(configMap("b"));
  const c = store.update({ ...a, data: { value: "2" } });
  const versions = [a, b, c].map(({ metadata }) => Number(metadata.resourceVersion));
  deepEqual(versions, versions.toSorted((x, y) => x - y));
  equal(new Set(versions).size, 3);
  equal(store.get("ConfigMap", "default", "a"), c);
  deepEqual(store.list("ConfigMap"), [c, b]);
  equal(store.get("Secret", "default", "a"), undefined);
});

Deno.test("ObjectStore refuses what does not fit what is there", () => {
  const store = new ObjectStore();
  const a = store.create(configMap("a"));
  store.update({ ...a, data: { value: "2" } });
  const cases: readonly [() => unknown, string, string][] = [
    [() => store.create(configMap("a")), "AlreadyExists", 'configmaps "a" already exists'],
    [
      () => store.update(a),
      "Conflict",
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [() => store.update(configMap("b")), "NotFound", 'configmaps "b" not found'],
    [() => store.remove(configMap("b")), "NotFound", 'configmaps "b" not found'],
  ];
  for (const [act, reason, message] of cases) throws(act, { name: "StatusError", reason, message });
});

Deno.test("ObjectStore reports to watchers what is there, then every change, until they stop", () => {
  const store = new ObjectStore();
  const a = store.create(configMap("a", "1"));
  const received: string[] = [];
  const stop = store.watch("ConfigMap", (event) => received.push(format(event)));
  store.create(configMap("b", "1"));
  store.update({ ...a, data: { value: "2" } });
  store.remove(store.get("ConfigMap", "default", "a")!);
  store.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "default" } });
  stop();
  store.create(configMap("c"));
  deepEqual(received, ["ADDED a=1", "ADDED b=1", "MODIFIED a=2", "DELETED a=2"]);
});

Deno.test("ObjectStore notifies all watchers in one order, also of what a watcher writes", () => {
  const store = new ObjectStore();
  const first: string[] = [];
  const second: string[] = [];
  store.watch("ConfigMap", (event) => {
    first.push(format(event));
    if (event.type === "ADDED") store.update({ ...event.object, data: { value: "2" } });
  });
  store.watch("ConfigMap", (event) => second.push(format(event)));
  store.create(configMap("a", "1"));
  deepEqual(first, ["ADDED a=1", "MODIFIED a=2"]);
  deepEqual(second, first);
});

Deno.test("ObjectStore reports nothing twice to a watcher that comes in between", () => {
  const store = new ObjectStore();
  const late: string[] = [];
  let isFirst = true;
  store.watch("ConfigMap", () => {
    if (isFirst) store.watch("ConfigMap", (event) => late.push(format(event)));
    isFirst = false;
  });
  store.create(configMap("a", "1"));
  deepEqual(late, ["ADDED a=1"]);
});

Deno.test("ObjectStore notifies all watchers of every change, whichever of them fails", () => {
  const faults: unknown[] = [];
  const store = new ObjectStore({ onFault: (error) => faults.push(error) });
  const received: string[] = [];
  store.watch("ConfigMap", ({ object }) => {
    throw new Error(`cannot take ${object.metadata.name}`);
  });
  store.watch("ConfigMap", (event) => received.push(format(event)));
  store.createAll([configMap("a"), configMap("b")]);
  store.remove(configMap("a"));
  deepEqual(received, ["ADDED a=", "ADDED b=", "DELETED a="]);
  deepEqual(faults.map(String), ["a", "b", "a"].map((name) => `Error: cannot take ${name}`));
});

Deno.test("ObjectStore reports what was written before a write of the same call failed", () => {
  const store = new ObjectStore();
  const received: string[] = [];
  store.watch("ConfigMap", (event) => received.push(format(event)));
  throws(() => store.createAll([configMap("a"), configMap("a")]), { reason: "AlreadyExists" });
  deepEqual(received, ["ADDED a="]);
});
