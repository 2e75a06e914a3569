import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { Labels, type PrefixMode } from "../../../src/cli/output/labels.ts";

function pod(name: string, containers: readonly string[], namespace = "default"): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: { containers: containers.map((name) => ({ name })) },
  };
}

const web = pod("p", ["web"]);
const pair = pod("p", ["web", "log"]);

/**
 * What stands before the lines of each container: Pods of the start, then those that appear later.
 */
const prefixes: readonly [string, PrefixMode, Pod[], Pod[], Record<string, string>][] = [
  ["one container", "auto", [web], [], { "default/p/web": "" }],
  ["one container, always", "always", [web], [], { "default/p/web": "[web]" }],
  ["two containers", "auto", [pair], [], { "default/p/web": "[web]", "default/p/log": "[log]" }],
  ["two containers, never", "never", [pair], [pod("q", ["x"])], {
    "default/p/web": "",
    "default/p/log": "",
    "default/q/x": "",
  }],
  ["two Pods whose containers differ", "auto", [web, pod("q", ["log"])], [], {
    "default/p/web": "[web]",
    "default/q/log": "[log]",
  }],
  ["two Pods with containers of one name", "auto", [web, pod("q", ["web"])], [], {
    "default/p/web": "[p/web]",
    "default/q/web": "[q/web]",
  }],
  ["two Pods of one name", "auto", [web, pod("p", ["web"], "b")], [], {
    "default/p/web": "[default/p/web]",
    "b/p/web": "[b/p/web]",
  }],
  ["a Pod that appears later", "auto", [pair], [pod("q", ["web"])], {
    "default/p/web": "[web]",
    "default/q/web": "[q/web]",
  }],
  ["a Pod of the same name that appears later", "auto", [pair], [pod("p", ["web"], "b")], {
    "default/p/web": "[web]",
    "b/p/web": "[b/p/web]",
  }],
  ["a Pod whose name ends like another one", "auto", [pair], [pod("up", ["web"])], {
    "default/up/web": "[up/web]",
  }],
  ["a Pod where none was known", "auto", [], [web], { "default/p/web": "[p/web]" }],
  ["a Pod that is created again", "auto", [web], [web], { "default/p/web": "" }],
];
for (const [name, mode, known, later, expected] of prefixes) {
  Deno.test(`Labels: ${name}`, () => {
    const labels = new Labels(mode, { pods: known });
    for (const it of later) labels.add(it);
    for (const [container, prefix] of Object.entries(expected)) {
      const at = container.lastIndexOf("/");
      equal(labels.labelOf(container.slice(0, at), container.slice(at + 1))?.prefix, prefix);
    }
  });
}

Deno.test("Labels: a colour stays with its container when others appear, and each new one has the next", () => {
  const labels = new Labels("auto", { pods: [pair] });
  const colours = () =>
    ["p/web", "p/log", "q/web"].map((it) => {
      const [name, container] = it.split("/");
      return labels.labelOf(`default/${name}`, container!)?.colour;
    });
  const [first, second] = colours();
  labels.add(pod("q", ["web"]));
  labels.add(pod("q", ["web"]));
  const [again, too, third] = colours();
  deepEqual([again, too], [first, second]);
  equal(new Set([first, second, third]).size, 3);
});

Deno.test("Labels: the column becomes wider with a longer name, and never narrower", () => {
  const labels = new Labels("auto", { pods: [pair] });
  equal(labels.width, "web".length);
  labels.add(pod("longer", ["web"]));
  equal(labels.width, "longer/web".length);
  labels.add(pod("q", ["x"]));
  equal(labels.width, "longer/web".length);
});

Deno.test("Labels: a very long name does not push the lines of all others to the right", () => {
  const labels = new Labels("auto", { pods: [pair] });
  labels.add(pod("a".repeat(250), ["web"]));
  equal(labels.width, "web".length);
});

Deno.test("Labels: only a container that is alone at the start passes unchanged", () => {
  const labels = new Labels("auto", { pods: [web] });
  labels.add(pod("q", ["x"]));
  equal(labels.labelOf("default/p", "web")?.isAlone, true);
  equal(labels.labelOf("default/q", "x")?.isAlone, false);
  equal(new Labels("always", { pods: [web] }).labelOf("default/p", "web")?.isAlone, false);
  equal(new Labels("never", { pods: [web] }).labelOf("default/p", "web")?.isAlone, true);
  equal(new Labels("auto", { pods: [pair] }).labelOf("default/p", "web")?.isAlone, false);
});

Deno.test("Labels: where more Pods are expected, one that is known alone has its whole name", () => {
  const labels = new Labels("auto", { pods: [web], expectsMore: true });
  equal(labels.labelOf("default/p", "web")?.prefix, "[p/web]");
  equal(labels.labelOf("default/p", "web")?.isAlone, false);
  equal(labels.namingOf("default/p"), "pod");
});

Deno.test("Labels: a Pod that is gone has none, and one of its name gets its colour again", () => {
  const labels = new Labels("auto", { pods: [pair] });
  const find = () => labels.labelOf("default/q", "web");
  labels.add(pod("q", ["web"]));
  const before = find();
  labels.add(pod("q", ["web"]));
  labels.forget(pod("q", ["web"]));
  deepEqual(find(), before, "the second one of this name is there still");
  labels.forget(pod("q", ["web"]));
  equal(find(), undefined);
  labels.add(pod("q", ["web"]));
  deepEqual(find(), before);
});

Deno.test("Labels: what was known at the start keeps its names", () => {
  const labels = new Labels("auto", { pods: [pair] });
  labels.add(pair);
  labels.forget(pair);
  equal(labels.labelOf("default/p", "web")?.prefix, "[web]");
});
