/** The changes of a store that are kept. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { ConfigMap } from "../../src/api/types/core.ts";
import { ChangeHistory, undoChanges } from "../../src/store/history.ts";
import { ObjectStore } from "../../src/store/store.ts";

const configMap = (name: string, value = "1"): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});

Deno.test("ChangeHistory keeps the last changes of each kind, with the object before", () => {
  const history = new ChangeHistory(2);
  const store = new ObjectStore({ recorders: [history] });
  const a = store.create(configMap("a"));
  const b = store.update({ ...a, data: { value: "2" } });
  store.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "default" } });
  store.remove(b);
  equal(history.version, 4);
  equal(history.versionOf("ConfigMap"), 4);
  equal(history.versionOf("Pod"), 0);
  const changes = history.since("ConfigMap", 1)!;
  deepEqual(changes.map(({ type, version, previous }) => [type, version, previous]), [
    ["MODIFIED", 2, a],
    ["DELETED", 4, b],
  ]);
  deepEqual(history.since("ConfigMap", 4), []);
  for (let i = 0; i < 5; i++) store.create(configMap(`c${i}`));
  equal(history.since("ConfigMap", 1), undefined);
  equal(history.since("Secret", 0)!.length, 1);
});

Deno.test("ChangeHistory keeps fewer changes of a kind that has a number of its own", () => {
  const history = new ChangeHistory(10, { bounds: { ConfigMap: 1 } });
  const store = new ObjectStore({ recorders: [history] });
  for (let i = 0; i < 3; i++) store.create(configMap(`c${i}`));
  for (let i = 0; i < 3; i++) {
    const metadata = { name: `s${i}`, namespace: "default" };
    store.create({ apiVersion: "v1", kind: "Secret", metadata });
  }
  equal(history.since("ConfigMap", 0), undefined);
  equal(history.since("ConfigMap", 1)!.length, 2);
  equal(history.since("Secret", 0)!.length, 3);
});

Deno.test("ChangeHistory passes changes on as they are made, until that is ended", () => {
  const history = new ChangeHistory(10);
  const store = new ObjectStore({ recorders: [history] });
  const versions: number[] = [];
  const end = history.follow("ConfigMap", ({ version }) => versions.push(version));
  store.create(configMap("a"));
  store.create(configMap("b"));
  end();
  store.create(configMap("c"));
  deepEqual(versions, [1, 2]);
});

Deno.test("undoChanges() gives the list of every version", () => {
  const history = new ChangeHistory(100);
  const store = new ObjectStore({ recorders: [history] });
  const states: string[][] = [[]];
  const format = (objects: readonly { metadata: { name: string; resourceVersion?: string } }[]) =>
    objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
  const note = () => states.push(format(store.list("ConfigMap")));
  let a = store.create(configMap("a"));
  note();
  const b = store.create(configMap("b"));
  note();
  a = store.update({ ...a, data: { value: "2" } });
  note();
  store.remove(b);
  note();
  store.create(configMap("b"));
  note();
  store.remove(a);
  note();
  for (const [version, state] of states.entries()) {
    const undone = undoChanges(store.list("ConfigMap"), history.since("ConfigMap", version)!);
    deepEqual(format(undone), state);
  }
});
