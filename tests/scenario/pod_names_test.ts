import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import { objectNameOf, PodNames } from "../../src/scenario/pod_names.ts";
import { podOf } from "../support/simulation.ts";

function podNamed(name: string) {
  const pod = podOf(name, ["c"]);
  return { ...pod, metadata: { ...pod.metadata, uid: name } };
}

const owner = (name: string) => ({ metadata: { name } }) as KubernetesObject;

Deno.test("PodNames: by its own name, by its number, by what controls it", () => {
  const names = new PodNames();
  const pods = ["web-1-a", "web-1-b", "web-2-a", "alone"].map(podNamed);
  const [first, second, third, alone] = pods;
  names.add(first!, [owner("web-1"), owner("web")]);
  names.add(second!, [owner("web-1"), owner("web")]);
  names.add(third!, [owner("web-2"), owner("web")]);
  names.add(alone!, []);
  const named = (text: string) =>
    pods.filter((pod) => names.isNamed(text, pod)).map(({ metadata }) => metadata.name);
  deepEqual(named("web#2"), ["web-1-b"]);
  deepEqual(named("web#3"), ["web-2-a"]);
  deepEqual(named("web-2#1"), ["web-2-a"]);
  deepEqual(named("web/*"), ["web-1-a", "web-1-b", "web-2-a"]);
  deepEqual(named("web-1/*"), ["web-1-a", "web-1-b"]);
  deepEqual(named("alone"), ["alone"]);
  deepEqual(named("web"), []);
  deepEqual(names.namesOf(third!), ["web-2-a", "web-2#1", "web#3", "web-2", "web"]);
});

Deno.test("objectNameOf() is the manifest's name", () => {
  const texts = ["web", "web#2", "web/*", "web#12/c", "web/c"];
  deepEqual(texts.map(objectNameOf), ["web", "web", "web", "web/c", "web/c"]);
});
