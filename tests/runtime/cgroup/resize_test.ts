/** Limits of a pod that runs: the order in which they change, and the files. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { PodCgroup, RunCgroup } from "../../../src/runtime/cgroup/cgroup.ts";
import { containerOf } from "./limited_container.ts";
import type { CgroupHierarchy, CgroupSupport } from "../../../src/runtime/cgroup/cgroup_layout.ts";
import { planResize, type ResizedCgroup } from "../../../src/runtime/cgroup/resize_plan.ts";
import type { ResourceConfig } from "../../../src/runtime/config.ts";

const config = (memory: number | undefined, quota: number, shares: number): ResourceConfig => ({
  oomScoreAdj: 0,
  cpuShares: shares,
  cpuQuotaUs: quota,
  ...(memory !== undefined && { memoryLimitBytes: memory }),
});

function cgroup(
  name: string,
  before: ResourceConfig,
  after: ResourceConfig,
  version: "v1" | "v2" = "v2",
): ResizedCgroup {
  const hierarchy = (...controllers: CgroupHierarchy["controllers"]): CgroupHierarchy => ({
    version,
    controllers,
    parent: "",
    place: "",
  });
  const folders = version === "v2"
    ? [hierarchy("memory", "cpu")]
    : [hierarchy("memory"), hierarchy("cpu")];
  return { folders: folders.map((it) => ({ hierarchy: it, folder: name })), before, after };
}

const small = config(1000, 10_000, 100);
const large = config(2000, 20_000, 200);

function order(pod: ResizedCgroup, ...containers: ResizedCgroup[]): string[] {
  return planResize(pod, containers).map(({ folder, file, value }) => `${folder} ${file} ${value}`);
}

Deno.test("R-RESIZE-6: what grows grows from the outside in, memory before CPU", () => {
  deepEqual(order(cgroup("pod", small, large), cgroup("c", small, large)), [
    "pod memory.max 2000",
    "c memory.max 2000",
    "pod cpu.max 20000 100000",
    "pod cpu.weight 29",
    "c cpu.max 20000 100000",
    "c cpu.weight 29",
  ]);
});

Deno.test("R-RESIZE-6: what shrinks shrinks from the inside out, and before what grows", () => {
  deepEqual(order(cgroup("pod", large, small), cgroup("c", large, small)), [
    "c memory.max 1000",
    "pod memory.max 1000",
    "c cpu.max 10000 100000",
    "c cpu.weight 17",
    "pod cpu.weight 17",
    "pod cpu.max 10000 100000",
  ]);
  const both = order(
    cgroup("pod", large, large),
    cgroup("grows", small, large),
    cgroup("shrinks", large, small),
  );
  deepEqual(both.map((it) => it.split(" ").slice(0, 2).join(" ")), [
    "shrinks memory.max",
    "grows memory.max",
    "shrinks cpu.max",
    "grows cpu.max",
    "shrinks cpu.weight",
    "grows cpu.weight",
  ]);
});

Deno.test("R-RESIZE-6: with v1 memory and swap together are never less than memory", () => {
  const files = (from: ResourceConfig, to: ResourceConfig) =>
    order(cgroup("pod", from, to, "v1")).filter((it) => it.includes("memory"))
      .map((it) => it.split(" ")[1]);
  deepEqual(files(small, large), ["memory.memsw.limit_in_bytes", "memory.limit_in_bytes"]);
  deepEqual(files(large, small), ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]);
});

Deno.test("a limit that was not there before is a smaller amount, and nothing else is written", () => {
  const before = config(undefined, 10_000, 100);
  deepEqual(order(cgroup("pod", before, config(1000, 10_000, 100))), ["pod memory.max 1000"]);
  deepEqual(order(cgroup("pod", small, small), cgroup("c", small, small)), []);
});

/** The cgroup of a pod in a folder, as v2 has it. */
function makePod(folder: string, resources: ResourceConfig): PodCgroup {
  const hierarchy: CgroupHierarchy = {
    version: "v2",
    controllers: ["memory", "cpu"],
    parent: folder,
    place: "",
  };
  const support: CgroupSupport = {
    version: "v2",
    cpu: true,
    memory: true,
    pids: false,
    hierarchies: [hierarchy],
    confining: [],
  };
  return new RunCgroup(support, { id: "r", state: folder }).pod("u", resources);
}

Deno.test("R-RESIZE-8: memory that is in use is not taken away; nothing is written then", () => {
  const folder = Deno.makeTempDirSync({ dir: "/dev/shm" });
  try {
    const pod = makePod(folder, large);
    const cgroup = containerOf(pod, "c1", large);
    const read = (path: string) => Deno.readTextFileSync(`${folder}/podling-r/u/${path}`);
    Deno.writeTextFileSync(`${folder}/podling-r/u/memory.current`, "1500\n");
    Deno.writeTextFileSync(`${folder}/podling-r/u/memory.stat`, "inactive_file 0\n");
    throws(() => pod.resize(large, [{ name: "c", cgroup, resources: small }]), {
      reason: "ResizeError",
      message: 'cannot decrease memory limits: attempting to set container "c" memory limit ' +
        "(1000) below current usage (1500)",
    });
    throws(() => pod.resize(small, [{ name: "c", cgroup, resources: small }]), {
      message: "cannot decrease memory limits: attempting to set pod memory limit " +
        "(1000) below current usage (1500)",
    });
    deepEqual([read("memory.max"), read("c1/cpu.max")], ["2000", "20000 100000"]);

    const less = config(1600, 5000, 50);
    pod.resize(less, [{ name: "c", cgroup, resources: less }]);
    deepEqual(["memory.max", "c1/memory.max", "c1/leaf/cpu.max", "cpu.weight"].map(read), [
      "1600",
      "1600",
      "5000 100000",
      "10",
    ]);
    // What it has is known from now on.
    pod.resize(less, [{ name: "c", cgroup, resources: less }]);
    equal(read("c1/memory.max"), "1600");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
