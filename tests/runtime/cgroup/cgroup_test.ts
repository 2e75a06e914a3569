/** Cgroups as a folder tree, and the kernel's own where this machine delegates one. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { type Cgroup, readCgroups, RunCgroup } from "../../../src/runtime/cgroup/cgroup.ts";
import { containerOf } from "./limited_container.ts";
import { formatJoin } from "../../../src/runtime/cgroup/cgroup_layout.ts";
import { quote } from "../../../src/runtime/launch/shell_words.ts";
import type { ResourceConfig } from "../../../src/runtime/config.ts";
import { RuntimeError } from "../../../src/runtime/runtime.ts";
import {
  identifyProcess,
  isAlive,
  type ProcessIdentity,
} from "../../../src/runtime/machine/process.ts";
import { canSandbox, isRoot } from "../../process/support.ts";

const NONE: ResourceConfig = { cpuShares: 2, oomScoreAdj: 1000 };
const JANITOR = new URL("../../../src/runtime/linux/janitor.sh", import.meta.url).pathname;

/** A test with a folder of its own. */
function test(
  name: string,
  body: (folder: string) => void | Promise<void>,
  ignore = false,
): void {
  Deno.test({ name, ignore }, async () => {
    const folder = Deno.makeTempDirSync({ dir: "/dev/shm" });
    try {
      await body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

/** Writes files; a name that ends with a slash is a folder. */
function make(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    Deno.mkdirSync(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    if (!name.endsWith("/")) Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
}

/** The files of a tree, with what is in them. */
function look(folder: string, below = ""): Record<string, string> {
  const found: [string, string][] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder + below)) {
    const path = `${below}/${name}`;
    if (isDirectory) found.push(...Object.entries(look(folder, path)));
    else found.push([path, Deno.readTextFileSync(folder + path)]);
  }
  return Object.fromEntries(found.sort());
}

/** What `/proc/self` would have for hierarchies in a folder. */
function createV1(folder: string): string {
  make(folder, {
    "self/cgroup": "3:pids:/own\n2:memory:/\n1:cpu,cpuacct:/own\n",
    "self/mountinfo": ["pids", "memory", "cpu,cpuacct"].map((name) =>
      `1 1 0:1 / ${folder}/${name} rw - cgroup cgroup rw,${name}\n`
    ).join(""),
    "pids/own/tasks": "",
    "memory/tasks": "",
    "cpu,cpuacct/own/tasks": "",
    "state/": "",
  });
  return `${folder}/self`;
}

function createV2(folder: string): string {
  make(folder, {
    "self/cgroup": "0::/above/own\n",
    "self/mountinfo": `1 1 0:1 / ${folder}/c rw - cgroup2 cgroup2 rw\n`,
    "c/above/own/cgroup.type": "domain\n",
    "c/above/own/cgroup.procs": "1\n",
    "c/above/own/memory.max": "max\n",
    "c/above/own/cpu.max": "max 100000\n",
    "c/above/cgroup.type": "domain\n",
    "c/above/cgroup.procs": "",
    "c/above/cgroup.controllers": "cpuset cpu memory pids\n",
    "c/above/cgroup.subtree_control": "memory pids\n",
    "state/": "",
  });
  return `${folder}/self`;
}

const LIMITS: ResourceConfig = {
  cpuShares: 1024,
  cpuQuotaUs: 20_000,
  memoryLimitBytes: 32_000_000,
  pidsLimit: 9,
  oomScoreAdj: 0,
};

test("v1: a folder for the run, the pod and the container in each hierarchy", (folder) => {
  const run = new RunCgroup(readCgroups(createV1(folder)), { id: "r1", state: `${folder}/state` });
  equal("/state/cgroups" in look(folder), false, "nothing is made before the first pod");
  const pod = run.pod("u1", { ...NONE, pidsLimit: 50 });
  equal(run.pod("u1", NONE), pod, "another sandbox of the same pod");
  const container = containerOf(pod, "c1", LIMITS);
  const made = Object.entries(look(folder)).filter(([path]) => path.includes("podling"));
  deepEqual(Object.fromEntries(made), {
    "/cpu,cpuacct/own/podling-r1/u1/c1/cpu.cfs_quota_us": "20000",
    "/cpu,cpuacct/own/podling-r1/u1/c1/cpu.shares": "1024",
    "/cpu,cpuacct/own/podling-r1/u1/c1/leaf/cpu.cfs_quota_us": "20000",
    "/cpu,cpuacct/own/podling-r1/u1/c1/leaf/cpu.shares": "1024",
    "/cpu,cpuacct/own/podling-r1/u1/cpu.shares": "2",
    "/memory/podling-r1/u1/c1/leaf/memory.limit_in_bytes": "32000000",
    "/memory/podling-r1/u1/c1/memory.limit_in_bytes": "32000000",
    "/pids/own/podling-r1/u1/c1/leaf/pids.max": "9",
    "/pids/own/podling-r1/u1/c1/pids.max": "9",
    "/pids/own/podling-r1/u1/pids.max": "50",
  });
  deepEqual(
    container.joinFiles,
    ["pids/own", "memory", "cpu,cpuacct/own"].map((name) =>
      `${folder}/${name}/podling-r1/u1/c1/leaf/tasks`
    ),
  );
  deepEqual(
    container.views.map(({ place }) => place),
    ["pids", "memory", "cpu,cpuacct"],
  );
  equal(
    look(folder)["/state/cgroups"],
    ["pids/own", "memory", "cpu,cpuacct/own"].map((name) => `${folder}/${name}/podling-r1\n`)
      .join(""),
  );
  equal(container.oomKills(), 0);
  const kills = (count: number) => ({ "memory.oom_control": `under_oom 0\noom_kill ${count}\n` });
  make(`${folder}/memory/podling-r1/u1/c1/leaf`, kills(2));
  make(`${folder}/memory/podling-r1/u1/c1/leaf/made/within`, kills(1));
  equal(container.oomKills(), 3);
});

test("v2: one folder beside our own, with controllers delegated down to the container's", (folder) => {
  const run = new RunCgroup(readCgroups(createV2(folder)), { id: "r1", state: `${folder}/state` });
  const container = containerOf(run.pod("u1", NONE), "c1", LIMITS);
  const all = "+pids +memory +cpu";
  deepEqual(look(`${folder}/c/above/podling-r1`), {
    "/cgroup.subtree_control": all,
    "/u1/c1/cgroup.subtree_control": all,
    "/u1/c1/cpu.max": "20000 100000",
    "/u1/c1/cpu.weight": "100",
    "/u1/c1/leaf/cpu.max": "20000 100000",
    "/u1/c1/leaf/cpu.weight": "100",
    "/u1/c1/leaf/memory.max": "32000000",
    "/u1/c1/leaf/pids.max": "9",
    "/u1/c1/memory.max": "32000000",
    "/u1/c1/pids.max": "9",
    "/u1/cgroup.subtree_control": all,
    "/u1/cpu.weight": "1",
  });
  const { "/cgroup.subtree_control": delegated } = look(`${folder}/c/above`);
  equal(delegated, "+cpu", "what is delegated already is not asked for");
  deepEqual(container.joinFiles, [`${folder}/c/above/podling-r1/u1/c1/leaf/cgroup.procs`]);
  make(`${folder}/c/above/podling-r1/u1/c1`, { "memory.events": "oom 1\noom_kill 1\n" });
  equal(container.oomKills(), 1);
  make(`${folder}/c/above/podling-r1/u1/c1`, { "cgroup.kill": "" });
  container.kill();
  equal(look(`${folder}/c/above/podling-r1/u1/c1`)["/cgroup.kill"], "1");
});

test("v2: what is closed to this user limits nothing", (folder) => {
  const self = createV2(folder);
  make(folder, { "c/above/own/cgroup.subtree_control": "" });
  equal(readCgroups(self).hierarchies.length, 1);
  Deno.chmodSync(`${folder}/c/above`, 0o555);
  const { hierarchies, confining, reason } = readCgroups(self);
  deepEqual(hierarchies, []);
  deepEqual(confining.map(({ parent }) => parent), [`${folder}/c/above/own`]);
  equal(reason === undefined, false);
  // As root may do with the power for it.
  make(folder, { "self/status": "CapEff:\t0000000000000002\n" });
  equal(readCgroups(self).hierarchies.length, 1);
});

test("v1: in the rest of a run's hierarchies each container has one of its own, frozen by nothing", (folder) => {
  createV1(folder);
  make(folder, {
    "self/cgroup": "5:cpuset:/\n4:freezer:/own\n",
    "self/mountinfo": ["freezer", "cpuset"].map((name) =>
      `1 1 0:1 / ${folder}/${name} rw - cgroup cgroup rw,${name}\n`
    ).join(""),
    "freezer/own/tasks": "",
    "cpuset/tasks": "",
  });
  const confining = ["freezer/own", "cpuset"].map((name) => ({
    version: "v1" as const,
    controllers: [],
    parent: `${folder}/${name}`,
    place: name.replace("/own", ""),
  }));
  make(folder, { "cpuset/cpuset.cpus": "0-1\n" });
  const support = { ...readCgroups(`${folder}/self`), confining };
  const run = new RunCgroup(support, { id: "r1", state: `${folder}/state` });
  const container = containerOf(run.pod("u1", NONE), "c1", LIMITS);
  const other = containerOf(run.pod("u2", NONE), "c2", LIMITS);
  const joined = (pod: string) =>
    ["freezer/own", "cpuset"].map((name) => `${folder}/${name}/podling-r1/${pod}/tasks`);
  deepEqual(container.joinFiles, joined("u1/c1"));
  deepEqual(other.joinFiles, joined("u2/c2"));
  equal(
    look(folder)["/state/cgroups"],
    `${folder}/freezer/own/podling-r1\n${folder}/cpuset/podling-r1\n`,
  );
  const frozen = { "freezer.state": "FROZEN" };
  const own = `${folder}/freezer/own/podling-r1/u1/c1`;
  make(own, { "freezer.state": "", "deep/er/": "" });
  make(`${own}/deep`, frozen);
  make(`${own}/deep/er`, frozen);
  container.kill();
  deepEqual(Object.values(look(own)).filter((it) => it !== "0"), ["THAWED", "THAWED", "THAWED"]);
});

test("what the machine refuses is news about the pod, and half a cgroup is none", (folder) => {
  const run = new RunCgroup(readCgroups(createV1(folder)), { id: "r1", state: `${folder}/state` });
  const pod = run.pod("u1", NONE);
  Deno.writeTextFileSync(`${folder}/memory/podling-r1/u1/c1`, "in the way");
  const reason = (word: string) => (error: unknown) =>
    error instanceof RuntimeError && error.reason === word;
  throws(() => containerOf(pod, "c1", NONE), reason("CreateContainerError"));
  deepEqual([...Deno.readDirSync(`${folder}/pids/own/podling-r1/u1`)], []);
  Deno.removeSync(`${folder}/state`, { recursive: true });
  const other = new RunCgroup(readCgroups(`${folder}/self`), {
    id: "r2",
    state: `${folder}/state`,
  });
  throws(() => other.pod("u2", NONE), reason("FailedCreatePodSandBox"));
});

test("where nothing can be limited everything is there and does nothing", async (folder) => {
  make(folder, { "self/cgroup": "0::/\n", "self/mountinfo": "", "state/": "" });
  const support = readCgroups(`${folder}/self`);
  equal(support.version, "none");
  const run = new RunCgroup(support, { id: "r1", state: `${folder}/state` });
  const container = containerOf(run.pod("u1", NONE), "c1", LIMITS);
  deepEqual(container.joinFiles, []);
  equal(container.oomKills(), 0);
  container.kill();
  await container.remove();
  await run.close();
  deepEqual(Object.keys(look(folder)), ["/self/cgroup", "/self/mountinfo"]);
});

const support = readCgroups();
/** What the kernel itself does can be seen only where all three can be limited. */
const cannotLimit = !support.cpu || !support.memory || !support.pids;

/** A test with cgroups of the kernel, none of which is left. */
function kernelTest(
  name: string,
  body: (run: RunCgroup, state: string) => void | Promise<void>,
  ignore = false,
): void {
  test(`cgroups of this machine: ${name}`, async (state) => {
    const id = `test-${crypto.randomUUID()}`;
    const run = new RunCgroup(support, { id, state });
    try {
      await body(run, state);
    } finally {
      await run.close();
    }
    for (const { parent } of support.hierarchies) {
      const names = [...Deno.readDirSync(parent)].map(({ name }) => name);
      deepEqual(names.filter((name) => name.includes(id)), []);
    }
  }, ignore || cannotLimit);
}

/** Starts a shell in a cgroup as the launcher does, by way of other programs. */
function startIn(
  cgroup: Cgroup,
  script: string,
  chain: readonly string[] = [],
): Deno.ChildProcess {
  const { begin, end } = formatJoin(cgroup.joinFiles.map(quote));
  const fail = 'fail() { echo "$1"; exit 99; }';
  const join = [fail, ...begin, ...end, 'exec sh -c "$1"'].join("\n");
  return new Deno.Command("env", {
    args: [...chain, "sh", "-c", join, "sh", script],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

/** Resolves with the first line of its output; reads nothing after it. */
async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  await reader.cancel();
  return text.trim();
}

/** Processes in a cgroup. */
function processesIn(cgroup: Cgroup): readonly ProcessIdentity[] {
  const [file = ""] = cgroup.joinFiles;
  return Deno.readTextFileSync(file.replace(/tasks$/, "cgroup.procs")).trim().split("\n")
    .flatMap((pid) => identifyProcess(Number(pid)) ?? []);
}

/** A program that takes memory until it is killed. */
const HOG = "tail /dev/zero >/dev/null";
const SMALL: ResourceConfig = { ...NONE, memoryLimitBytes: 24 << 20 };

kernelTest("a program that takes too much memory is OOM-killed", async (run) => {
  const container = containerOf(run.pod("u1", NONE), "c1", SMALL);
  const child = startIn(container, `exec ${HOG}`);
  const { code, signal } = await child.output();
  deepEqual([code, signal], [137, "SIGKILL"]);
  equal(container.oomKills() > 0, true);
});

kernelTest(
  "R-EXIT-3: it is an OOM kill too when the first process was not the one",
  async (run) => {
    const container = containerOf(run.pod("u1", NONE), "c1", SMALL);
    const child = startIn(container, `setsid ${HOG}; exit 3`);
    const { code } = await child.output();
    // With v2 all of a container die together.
    equal(code, support.version === "v2" ? 137 : 3);
    equal(container.oomKills() > 0, true);
  },
);

kernelTest("the pod's limit of memory is one too", async (run) => {
  const container = containerOf(run.pod("u1", SMALL), "c1", NONE);
  await startIn(container, `exec ${HOG}`).output();
  equal(container.oomKills() > 0, true);
});

kernelTest("a limit of a few bytes is reported as too low", (run) => {
  const pod = run.pod("u1", { ...NONE, memoryLimitBytes: 4096 });
  try {
    containerOf(pod, "c1", NONE);
    // With v2 nothing is counted yet.
    equal(support.version, "v2");
  } catch (error) {
    equal(error instanceof RuntimeError && error.reason, "StartError");
  }
});

kernelTest("another SIGKILL is none", async (run) => {
  const container = containerOf(run.pod("u1", NONE), "c1", SMALL);
  const { signal } = await startIn(container, "kill -s KILL $$").output();
  equal(signal, "SIGKILL");
  equal(container.oomKills(), 0);
});

kernelTest("a fork bomb stays under the pod's limit, and all of it is killed", async (run) => {
  const pod = run.pod("u1", { ...NONE, pidsLimit: 20 });
  const container = containerOf(pod, "c1", NONE);
  const forks = "while :; do (setsid sleep 1000 >/dev/null 2>&1 &) 2>/dev/null || break; done";
  const child = startIn(container, `${forks}; echo full; exec sleep 1000`);
  equal(await firstLine(child), "full");
  const processes = processesIn(container);
  equal(processes.length > 5 && processes.length <= 20, true, `${processes.length} processes`);
  container.kill();
  equal((await child.status).signal, "SIGKILL");
  await container.remove();
  deepEqual(processes.filter(isAlive), []);
});

kernelTest("what is in namespaces of its own joins as well", async (run) => {
  const user = isRoot ? [] : ["--user", "--map-root-user"];
  const container = containerOf(run.pod("u1", NONE), "c1", NONE);
  const chain = ["unshare", ...user, ..."--fork --pid --mount --mount-proc".split(" ")];
  const child = startIn(container, "echo up; exec sleep 1000", chain);
  equal(await firstLine(child), "up");
  const processes = processesIn(container);
  equal(processes.length, 1);
  container.kill();
  await child.status;
  deepEqual(processes.filter(isAlive), []);
}, !canSandbox);

kernelTest("limits are as they were written", async (run) => {
  const container = containerOf(run.pod("u1", { ...LIMITS, pidsLimit: 50 }), "c1", LIMITS);
  const read = (controller: string, name: string) => {
    const index = support.hierarchies.findIndex(({ controllers }) =>
      controllers.some((it) => it === controller)
    );
    const folder = container.folders[index]!.folder;
    return Deno.readTextFileSync(`${folder}/${name}`).trim();
  };
  const found = support.version === "v1"
    ? [read("cpu", "cpu.shares"), read("cpu", "cpu.cfs_quota_us"), read("cpu", "cpu.cfs_period_us")]
    : [read("cpu", "cpu.weight"), ...read("cpu", "cpu.max").split(" ")];
  deepEqual(found, [support.version === "v1" ? "1024" : "100", "20000", "100000"]);
  const memory = support.version === "v1" ? "memory.limit_in_bytes" : "memory.max";
  // The kernel counts whole pages.
  equal(Number(read("memory", memory)), Math.floor(32_000_000 / 4096) * 4096);
  equal(read("pids", "pids.max"), "9");
  await container.remove();
});

kernelTest("a quota above that of the pod is not an error", async (run) => {
  const pod = run.pod("u1", LIMITS);
  await containerOf(pod, "c1", { ...LIMITS, cpuQuotaUs: 90_000 }).remove();
});

kernelTest("what is removed is ended first, with the cgroups that it made itself", async (run) => {
  const pod = run.pod("u1", NONE);
  const container = containerOf(pod, "c1", NONE);
  const own = container.joinFiles[0]!.replace(/\/[^/]*$/, "");
  Deno.mkdirSync(`${own}/inner`);
  const child = startIn(container, "echo up; exec sleep 1000");
  equal(await firstLine(child), "up");
  await pod.remove();
  equal((await child.status).signal, "SIGKILL");
  throws(() => Deno.statSync(own), Deno.errors.NotFound);
  // The pod may come again.
  await run.pod("u1", NONE).remove();
});

const path = async (program: string) =>
  new TextDecoder().decode(
    (await new Deno.Command("sh", { args: ["-c", 'command -v "$1"', "sh", program] }).output())
      .stdout,
  ).trim();

for (const shell of ["dash", "bash", "busybox"]) {
  if (await path(shell) === "") continue;
  kernelTest(`the janitor ends and removes what is left (${shell})`, async (run, state) => {
    const container = containerOf(run.pod("u1", NONE), "c1", NONE);
    const child = startIn(container, "setsid sleep 1000 >/dev/null & echo up; exec sleep 1000");
    equal(await firstLine(child), "up");
    const processes = processesIn(container);
    equal(processes.length, 2);
    const folder = `${state}/run`;
    make(folder, { "cgroups": Deno.readTextFileSync(`${state}/cgroups`) });
    const tools = ["rm", "rmdir", "chmod", "grep", "sleep"];
    const { code, stderr } = await new Deno.Command(shell, {
      args: [...(shell === "busybox" ? ["sh"] : []), JANITOR, folder],
      clearEnv: true,
      env: Object.fromEntries(await Promise.all(tools.map(async (it) => [it, await path(it)]))),
      stdin: "null",
    }).output();
    deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
    equal((await child.status).signal, "SIGKILL");
    deepEqual(processes.filter(isAlive), []);
    throws(() => Deno.statSync(container.joinFiles[0]!), Deno.errors.NotFound);
    throws(() => Deno.statSync(folder), Deno.errors.NotFound);
  });
}
