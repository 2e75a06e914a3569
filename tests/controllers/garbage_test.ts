import { deepStrictEqual as deepEqual } from "node:assert/strict";
import {
  type Collectable,
  computeGarbage,
  type OwnerGraph,
} from "../../src/controllers/garbage.ts";
import type { ObjectMeta, OwnerReference } from "../../src/api/types/meta.ts";

const deletionTimestamp = "2026-01-01T00:00:00Z";

function objectOf(kind: string, name: string, metadata: Partial<ObjectMeta> = {}): Collectable {
  return { kind, metadata: { name, namespace: "default", uid: name, ...metadata } };
}

function ownedBy(name: string, more: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: "apps/v1", kind: "ReplicaSet", name, uid: name, ...more };
}

const pod = (...ownerReferences: OwnerReference[]) => objectOf("Pod", "pod", { ownerReferences });
const set = (name: string, metadata: Partial<ObjectMeta> = {}) =>
  objectOf("ReplicaSet", name, metadata);
const ending = (finalizer: string) => ({ deletionTimestamp, finalizers: [finalizer] });
const blocking = { blockOwnerDeletion: true };

/** What is collected of all these objects. */
function computeAll(objects: readonly Collectable[]) {
  const owns = (uid: string) => ({ metadata }: Collectable) =>
    metadata.ownerReferences?.some((it) => it.uid === uid) ?? false;
  const graph: OwnerGraph = {
    find: (uid) => objects.find(({ metadata }) => metadata.uid === uid),
    dependentsOf: (uid) => objects.filter(owns(uid)),
    isKnown: (_, kind) => kind !== "Widget",
  };
  return objects.flatMap((object) => computeGarbage(object, graph));
}

/** `ACTION NAME PROPAGATION | OWNERS | FINALIZERS`. */
function collected(objects: readonly Collectable[]): string[] {
  return computeAll(objects).map(({ action, object, rule, ...more }) => {
    const { name, ownerReferences = [], finalizers = [] } = object.metadata;
    const result = action === "deleteDependent"
      ? "propagation" in more && more.propagation
      : action === "removeReferences"
      ? ownerReferences.map((it) => it.name).join()
      : finalizers.join();
    return `${rule} ${action} ${name}: ${result || "none"}`;
  });
}

const rows: readonly [string, Collectable[], string[]][] = [
  ["an owner that is there", [pod(ownedBy("a")), set("a")], []],
  ["no owner at all", [pod()], []],
  ["R-GC-1: the owner is gone", [pod(ownedBy("a"))], [
    "R-GC-1 deleteDependent pod: background",
  ]],
  ["R-GC-1: another object has the owner's name", [
    pod(ownedBy("a", { uid: "former" })),
    set("a"),
  ], ["R-GC-1 deleteDependent pod: background"]],
  ["R-GC-1: an owner of another namespace is none", [
    pod(ownedBy("a")),
    set("a", { namespace: "other" }),
  ], ["R-GC-1 deleteDependent pod: background"]],
  ["an owner of a kind that is not known", [pod(ownedBy("w", { kind: "Widget" }))], []],
  ["R-GC-1: once is enough", [
    objectOf("Pod", "pod", { ownerReferences: [ownedBy("a")], deletionTimestamp }),
  ], []],
  ["R-GC-2: one of two owners is gone", [pod(ownedBy("a"), ownedBy("b")), set("b")], [
    "R-GC-2 removeReferences pod: b",
  ]],
  ["R-GC-2: one of two owners waits", [
    pod(ownedBy("a"), ownedBy("b")),
    set("a", ending("foregroundDeletion")),
    set("b"),
  ], ["R-GC-2 removeReferences pod: b", "R-GC-3 removeFinalizer a: none"]],
  ["R-GC-3: the owner waits for what blocks it", [
    pod(ownedBy("a", blocking)),
    set("a", ending("foregroundDeletion")),
  ], ["R-GC-3 deleteDependent pod: foreground"]],
  ["R-GC-3: it does not wait for what does not", [
    pod(ownedBy("a")),
    set("a", ending("foregroundDeletion")),
  ], ["R-GC-3 deleteDependent pod: foreground", "R-GC-3 removeFinalizer a: none"]],
  ["R-GC-3: the dependents are gone", [set("a", ending("foregroundDeletion"))], [
    "R-GC-3 removeFinalizer a: none",
  ]],
  ["R-GC-3: other finalizers stay", [
    set("a", { deletionTimestamp, finalizers: ["x/y", "foregroundDeletion"] }),
  ], ["R-GC-3 removeFinalizer a: x/y"]],
  ["R-GC-3: the finalizer alone means nothing", [set("a", { finalizers: ["orphan"] })], []],
  ["R-GC-4: dependents live on", [pod(ownedBy("a", blocking)), set("a", ending("orphan"))], [
    "R-GC-4 removeReferences pod: none",
  ]],
  ["R-GC-4: then the owner goes", [pod(), set("a", ending("orphan"))], [
    "R-GC-4 removeFinalizer a: none",
  ]],
];

for (const [name, objects, expected] of rows) {
  Deno.test(`computeGarbage() ${name}`, () => deepEqual(collected(objects), expected));
}

Deno.test("computeGarbage() says why", () => {
  deepEqual(computeAll([pod(ownedBy("a"))]).map(({ because }) => because), [
    "its owner ReplicaSet a is gone",
  ]);
});
