/** What is used, by the control files of cgroups in a folder, and by real processes. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { listMarked, listWithin } from "../../../src/runtime/cgroup/process_usage.ts";
import {
  readCgroupUsage,
  readContainerUsage,
  readPodUsage,
} from "../../../src/runtime/cgroup/usage.ts";
import { identifyProcess } from "../../../src/runtime/machine/process.ts";

const V1 = {
  "cpu/cpu.stat": "nr_periods 1\nnr_throttled 2\nthrottled_time 3\n",
  "cpuacct/cpuacct.usage": "123456789\n",
  "memory/memory.usage_in_bytes": "10000\n",
  "memory/memory.stat":
    "rss 1\ninactive_file 2\nhierarchical_memory_limit 9\ntotal_rss 4000\ntotal_inactive_file 3000\n",
  "pids/pids.current": "5\n",
};
const V2 = {
  "all/cpu.stat": "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n",
  "all/memory.current": "10000\n",
  "all/memory.stat": "anon 4000\nfile 5000\ninactive_file 3000\n",
  "all/pids.current": "5\n",
};
const memory = { memoryUsageBytes: 10000, workingSetBytes: 7000, rssBytes: 4000 };

const rows: [name: string, files: Record<string, string>, usage: object][] = [
  ["version 1", V1, { cpuUsageNs: 123456789, ...memory, pids: 5 }],
  ["version 2", V2, { cpuUsageNs: 1234000, ...memory, pids: 5 }],
  ["version 1 without an account of CPU time", { "pids/pids.current": "2" }, { pids: 2 }],
  [
    "version 2 beside version 1, with CPU time alone",
    {
      "cpu/cpu.stat": V1["cpu/cpu.stat"],
      "pids/pids.current": "1\n",
      "unified/cpu.stat": V2["all/cpu.stat"],
    },
    { cpuUsageNs: 1234000, pids: 1 },
  ],
  [
    "more inactive pages than are used, between two reads",
    { ...V2, "all/memory.current": "2000\n" },
    { cpuUsageNs: 1234000, ...memory, memoryUsageBytes: 2000, workingSetBytes: 0, pids: 5 },
  ],
  ["a cgroup that is gone", {}, {}],
];

async function withCgroup(
  files: Readonly<Record<string, string>>,
  use: (folders: readonly string[]) => void,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const folders = [...new Set(Object.keys(files).map((it) => `${root}/${it.split("/")[0]}`))];
  for (const folder of folders) await Deno.mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${root}/${name}`, text);
  }
  try {
    use([...folders, `${root}/none`]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

for (const [name, files, usage] of rows) {
  Deno.test(`usage is read from a cgroup: ${name}`, () =>
    withCgroup(files, (folders) => deepEqual(readCgroupUsage(folders), usage)));
}

Deno.test("a pod uses what its cgroup counts, else the sum of its containers", async () => {
  const one = { cpuUsageNs: 1, memoryUsageBytes: 2, workingSetBytes: 3, rssBytes: 4, pids: 5 };
  deepEqual(readPodUsage([], [one, one]), {
    cpuUsageNs: 2,
    memoryUsageBytes: 4,
    workingSetBytes: 6,
    rssBytes: 8,
    pids: 10,
  });
  await withCgroup(V2, (folders) => {
    deepEqual(readPodUsage(folders, [one]), { cpuUsageNs: 1234000, ...memory, pids: 5 });
  });
  await withCgroup({ "pids/pids.current": "7" }, (folders) => {
    deepEqual(readPodUsage(folders, [one]), { ...one, pids: 7 });
  });
});

/** A program with a mark that burns CPU time in a child, which it waits for. */
async function withProcess(mark: number, use: (pid: number) => Promise<void>): Promise<void> {
  const script = 'ulimit -t "$0"; sh -c "i=0; while [ \\$i -lt 200000 ]; do i=\\$((i+1)); done"; ' +
    "sleep 1000 & echo up; wait";
  const child = new Deno.Command("sh", {
    args: ["-c", script, String(mark)],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await use(child.pid);
  for (const pid of listMarked(mark)) Deno.kill(pid, "SIGKILL");
  await reader.cancel();
  await child.status;
}

Deno.test("what no cgroup counts is read of the processes", async () => {
  const mark = 1_900_000_000 + crypto.getRandomValues(new Uint16Array(1))[0]!;
  await withProcess(mark, async (pid) => {
    const first = identifyProcess(pid)!;
    const source = { folders: [], mark, first, listProcesses: () => [] };
    const usage = readContainerUsage(source);
    equal(usage.pids, 2);
    ok(usage.cpuUsageNs >= 10_000_000 && usage.cpuUsageNs % 10_000_000 === 0);
    ok(usage.rssBytes > 0 && usage.rssBytes <= usage.workingSetBytes);
    deepEqual(listMarked(mark).length, 2);
    // Here all are in one namespace.
    ok(listWithin(first).includes(pid) && listWithin(first).includes(Deno.pid));
    await withCgroup({ "pids/pids.current": "9", "pids/cgroup.procs": "" }, (folders) => {
      const counted = readContainerUsage({ ...source, folders, listProcesses: () => [pid] });
      equal(counted.pids, 9);
      ok(counted.cpuUsageNs >= 10_000_000);
    });
    const gone = readContainerUsage({ ...source, mark: mark - 100_000 });
    deepEqual(Object.values(gone), [0, 0, 0, 0, 0]);
  });
});
