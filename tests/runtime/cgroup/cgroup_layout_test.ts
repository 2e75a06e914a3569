/** Which cgroups can be used, what is written into them, and how a script joins. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  type CgroupFacts,
  type CgroupHierarchy,
  type CgroupMount,
  type CgroupPlace,
  type CgroupSupport,
  type Controller,
  cpuWeight,
  describeLimits,
  findCgroupMounts,
  formatJoin,
  formatLimits,
  parseOomKills,
  planCgroups,
} from "../../../src/runtime/cgroup/cgroup_layout.ts";
import type { ResourceConfig } from "../../../src/runtime/config.ts";

const v1Row = (point: string, root: string, options: string) =>
  `32 31 0:29 ${root} ${point} rw,relatime shared:9 - cgroup cgroup rw,${options}`;
const v2Row = (point: string, root = "/", options = "rw,nosuid") =>
  `41 31 0:38 ${root} ${point} ${options} - cgroup2 cgroup2 rw,nsdelegate`;

const mounts: [name: string, cgroups: string, mountInfo: string[], found: unknown[][]][] = [
  ["none", "0::/", ["23 1 8:1 / / rw - ext4 /dev/sda1 rw"], []],
  ["v2", "0::/user.slice/a.scope", [v2Row("/sys/fs/cgroup")], [
    ["v2", [], "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/a.scope", false],
  ]],
  ["v2 in a cgroup namespace", "0::/", [v2Row("/sys/fs/cgroup", "/", "ro,nosuid")], [
    ["v2", [], "/sys/fs/cgroup", "/sys/fs/cgroup", true],
  ]],
  ["hybrid", "9:name=systemd:/x\n8:pids:/\n2:cpu,cpuacct:/a:b\n0::/x", [
    v1Row("/c/cpu,cpuacct", "/", "cpu,cpuacct"),
    v1Row("/c/pids", "/", "pids"),
    v1Row("/c/systemd", "/", "xattr,name=systemd"),
    v2Row("/c/unified"),
  ], [
    ["v1", ["cpu"], "/c/cpu,cpuacct", "/c/cpu,cpuacct/a:b", false],
    ["v1", ["pids"], "/c/pids", "/c/pids", false],
    ["v1", [], "/c/systemd", "/c/systemd/x", false],
    ["v2", [], "/c/unified", "/c/unified/x", false],
  ]],
  ["a container's part of v1", "4:memory:/docker/abc/d", [
    v1Row("/c/memory", "/docker/abc", "memory"),
  ], [["v1", ["memory"], "/c/memory", "/c/memory/d", false]]],
  ["a part that does not hold us", "4:memory:/docker/abcd", [
    v1Row("/c/memory", "/docker/abc", "memory"),
  ], []],
  ["outside our cgroup namespace", "0::/../other", [v2Row("/sys/fs/cgroup")], []],
  ["blanks", "0::/", [v2Row("/my\\040c")], [["v2", [], "/my c", "/my c", false]]],
];
for (const [name, cgroups, mountInfo, found] of mounts) {
  Deno.test(`findCgroupMounts(): ${name}`, () => {
    const rows = findCgroupMounts(`${cgroups}\n`, `${mountInfo.join("\n")}\n`).map((it) => [
      it.version,
      it.controllers,
      it.top,
      it.own,
      it.readOnly,
    ]);
    deepEqual(rows, found);
  });
}

const mount = (
  version: "v1" | "v2",
  controllers: Controller[] = [],
  readOnly = false,
): CgroupMount => ({
  version,
  controllers,
  top: "/c",
  own: "/c/above/own",
  readOnly,
});
const v1 = (controllers: Controller[], writable = true, readOnly = false): CgroupPlace => ({
  mount: mount("v1", controllers, readOnly),
  own: { folder: `/c/${controllers[0]}`, writable },
});
const facts = (name: string, rest: Partial<CgroupFacts> = {}): CgroupFacts => ({
  folder: `/c/${name}`,
  writable: true,
  isRoot: false,
  hasProcesses: name === "own",
  isLimited: false,
  controllers: ["cpu", "io", "memory", "pids"],
  ...rest,
});
const v2 = (
  own: Partial<CgroupFacts> = {},
  above: Partial<CgroupFacts> | undefined = {},
  readOnly = false,
): CgroupPlace => ({
  mount: mount("v2", [], readOnly),
  own: facts("own", own),
  above: facts("above", above),
});
const v2Top = (own: Partial<CgroupFacts>, readOnly = false): CgroupPlace => ({
  mount: mount("v2", [], readOnly),
  own: facts("own", own),
});
const all = "pids,memory,cpu";

const plans: [
  name: string,
  places: CgroupPlace[],
  uid: number,
  version: string,
  where: string[],
  reason: RegExp | undefined,
][] = [
  [
    "v1: inside our own, processes first",
    [v1(["cpu"]), v1(["memory"]), v1(["pids"])],
    0,
    "v1",
    [
      "/c/pids pids",
      "/c/memory memory",
      "/c/cpu cpu",
    ],
    undefined,
  ],
  [
    "hybrid: v2 without controllers is not useful",
    [
      v1(["cpu"]),
      v1(["memory"]),
      v1(["pids"]),
      v2Top({ isRoot: true, controllers: ["hugetlb"] }),
    ],
    0,
    "v1",
    ["/c/pids pids", "/c/memory memory", "/c/cpu cpu"],
    undefined,
  ],
  ["v1: a user", [v1(["cpu"], false), v1(["memory"], false)], 7, "none", [], /belong to root/],
  ["v1: read-only", [v1(["cpu"], false, true)], 0, "none", [], /read-only/],
  [
    "v1: one is missing",
    [v1(["cpu"]), v1(["pids"])],
    0,
    "v1",
    ["/c/pids pids", "/c/cpu cpu"],
    /controller memory$/,
  ],
  ["v2: beside our own", [v2()], 7, "v2", [`/c/above ${all}`], undefined],
  [
    "v2: in the machine's topmost",
    [v2Top({ isRoot: true })],
    0,
    "v2",
    [`/c/own ${all}`],
    undefined,
  ],
  ["v2: below the machine's topmost", [v2({}, { isRoot: true, hasProcesses: true })], 0, "v2", [
    `/c/above ${all}`,
  ], undefined],
  [
    "v2: not delegated",
    [v2({ writable: false }, { writable: false })],
    7,
    "none",
    [],
    /delegated to this user/,
  ],
  [
    "v2: delegated without its neighbourhood",
    [v2({}, { writable: false })],
    7,
    "none",
    [],
    /cannot have child controllers/,
  ],
  ["v2: delegated in part", [v2({}, { controllers: ["memory", "pids"] })], 7, "v2", [
    "/c/above pids,memory",
  ], /controller cpu$/],
  ["v2: our own is limited", [v2({ isLimited: true })], 7, "none", [], /is limited itself/],
  ["v2: processes above", [v2({}, { hasProcesses: true })], 0, "none", [], /above has processes/],
  [
    "v2: a container with all its processes in one",
    [v2Top({})],
    0,
    "none",
    [],
    /has processes in it/,
  ],
  [
    "v2: a container that may not write",
    [v2Top({ writable: false }, true)],
    0,
    "none",
    [],
    /read-only/,
  ],
  ["nothing", [], 0, "none", [], /no cgroup file system/],
];
for (const [name, places, uid, version, where, reason] of plans) {
  Deno.test(`planCgroups() ${name}`, () => {
    const plan = planCgroups(places, uid);
    equal(plan.version, version);
    const rows = plan.hierarchies.map(({ parent, controllers }) => `${parent} ${controllers}`);
    deepEqual(rows, where);
    const limited = plan.hierarchies.flatMap(({ controllers }) => controllers);
    for (const name of ["cpu", "memory", "pids"] as const) {
      equal(plan[name], limited.includes(name), name);
    }
    equal(plan.reason === undefined, reason === undefined, plan.reason);
    if (reason !== undefined) equal(reason.test(plan.reason ?? ""), true, plan.reason);
    equal(plan.remedy === undefined, reason === undefined, plan.remedy);
  });
}

const v1Named = (folder: string, writable = true): CgroupPlace => ({
  mount: mount("v1"),
  own: { folder, writable },
});
const confined: [name: string, places: CgroupPlace[], uid: number, where: string[]][] = [
  ["v1: what limits nothing", [v1(["pids"]), v1Named("/c/freezer")], 0, ["/c/freezer"]],
  ["v1: where nothing can be written", [v1Named("/c/freezer", false)], 0, []],
  [
    "hybrid: v2 without controllers",
    [v1(["pids"]), v2({ controllers: [] }, { controllers: [] })],
    0,
    [
      "/c/own",
    ],
  ],
  ["v2: beside our own they are limited", [v2()], 0, []],
  ["v2: where none can be limited", [v2({ isLimited: true })], 0, ["/c/own"]],
  ["a user who owns one", [v1Named("/c/freezer"), v2({}, { writable: false })], 7, [
    "/c/freezer",
    "/c/own",
  ]],
  ["a user who owns none", [v1Named("/c/freezer", false)], 7, []],
];
for (const [name, places, uid, where] of confined) {
  Deno.test(`planCgroups() confines ${name}`, () => {
    deepEqual(planCgroups(places, uid).confining.map(({ parent }) => parent), where);
  });
}

Deno.test("a user of v2 gets the systemd command that delegates a cgroup", () => {
  const { remedy } = planCgroups([v2({ writable: false }, { writable: false })], 7);
  equal(/systemd-run --user --scope -p Delegate=yes/.test(remedy ?? ""), true, remedy);
});

const hierarchy = (version: "v1" | "v2"): CgroupHierarchy => ({
  version,
  controllers: ["pids", "memory", "cpu"],
  parent: "/c",
  place: "",
});
const none: ResourceConfig = { cpuShares: 2, oomScoreAdj: 1000 };
const full: ResourceConfig = {
  cpuShares: 512,
  cpuQuotaUs: 50_000,
  memoryLimitBytes: 64_000_000,
  pidsLimit: 100,
  oomScoreAdj: 0,
};
const limits: [
  version: "v1" | "v2",
  what: "pod" | "container",
  resources: ResourceConfig,
  lines: string[],
][] = [
  ["v1", "container", none, ["cpu.shares=2"]],
  ["v1", "pod", full, [
    "pids.max=100",
    "memory.limit_in_bytes=64000000",
    "memory.memsw.limit_in_bytes=64000000 unless missing",
    "cpu.shares=512",
    "cpu.cfs_quota_us=50000 unless invalid",
  ]],
  ["v2", "container", none, ["memory.oom.group=1 unless missing", "cpu.weight=1"]],
  ["v2", "pod", none, ["cpu.weight=1"]],
  ["v2", "container", full, [
    "pids.max=100",
    "memory.max=64000000",
    "memory.swap.max=0 unless missing",
    "memory.oom.group=1 unless missing",
    "cpu.weight=59",
    "cpu.max=50000 100000",
  ]],
];
for (const [version, what, resources, lines] of limits) {
  Deno.test(`formatLimits(): ${version}, a ${what} with ${resources === none ? "no" : "all"} limits`, () => {
    const settings = formatLimits(hierarchy(version), resources, what);
    const found = settings.map(({ file, value, unless }) =>
      `${file}=${value}${unless === undefined ? "" : ` unless ${unless}`}`
    );
    deepEqual(found, lines);
  });
}

Deno.test("formatLimits() writes only what the hierarchy is for", () => {
  const pids = { ...hierarchy("v1"), controllers: ["pids"] } as const;
  deepEqual(formatLimits(pids, full, "pod"), [{ file: "pids.max", value: "100" }]);
});

const weights = [
  [2, 1],
  [3, 2],
  [102, 17],
  [512, 59],
  [1024, 100],
  [2048, 174],
  [262_143, 10_000],
  [262_144, 10_000],
] as const;
for (const [shares, weight] of weights) {
  Deno.test(`cpuWeight() of ${shares} shares`, () => equal(cpuWeight(shares), weight));
}

Deno.test("cpuWeight() never falls, and stays within its range", () => {
  let last = 0;
  for (let shares = 2; shares <= 262_144; shares = Math.ceil(shares * 1.1)) {
    const weight = cpuWeight(shares);
    equal(weight >= last && weight >= 1 && weight <= 10_000, true, String(shares));
    last = weight;
  }
});

const events = [
  ["v2", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n", 2],
  ["v1", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", 1],
  ["a kernel that does not count them", "oom_kill_disable 0\nunder_oom 0\n", 0],
] as const;
for (const [name, text, kills] of events) {
  Deno.test(`parseOomKills(): ${name}`, () => equal(parseOomKills(text), kills));
}

const support = (cpu: boolean, memory: boolean, pids: boolean): CgroupSupport => ({
  version: cpu || memory || pids ? "v1" : "none",
  cpu,
  memory,
  pids,
  confining: [],
  hierarchies: cpu || memory || pids ? [{ ...hierarchy("v1"), parent: "/c/x" }] : [],
  ...(cpu && memory && pids ? {} : { reason: "so it is", remedy: "do this" }),
});

const rows: [name: string, support: CgroupSupport, status: string, detail: string][] = [
  ["all", support(true, true, true), "yes", "CPU, memory and processes by cgroups (v1) in /c/x"],
  [
    "some",
    support(true, true, false),
    "partly",
    "CPU and memory by cgroups (v1) in /c/x; no limit of processes: so it is; in a command, ulimit -u (the processes of one user) can stand in",
  ],
  [
    "none",
    support(false, false, false),
    "no",
    "no limit of CPU, memory and processes: so it is; in a command, ulimit -v (the address space of one process) and ulimit -u (the processes of one user) can stand in",
  ],
];
for (const [name, support, status, detail] of rows) {
  Deno.test(`describeLimits(): ${name}`, () => {
    const row = describeLimits(support);
    deepEqual([row.name, row.status, row.detail], ["limits", status, detail]);
    equal(row.remedy, support.remedy);
  });
}

const joins: [name: string, files: string[], begin: string[], end: string[]][] = [
  ["nothing", [], [], []],
  [
    "v1",
    ["'/c/pids/tasks'", "'/c/cpu/tasks'"],
    ["'/c/pids/tasks'", "'/c/cpu/tasks'"].map((file) =>
      `echo 0 >${file} || fail "cannot join the cgroup"`
    ),
    [],
  ],
  [
    "v2",
    ["'/c/x/cgroup.procs'"],
    ["{ echo $$ >'/c/x/cgroup.procs'; } & join=$!"],
    ['wait $join || fail "cannot join the cgroup"'],
  ],
];
for (const [name, files, begin, end] of joins) {
  Deno.test(`formatJoin(): ${name}`, () => deepEqual(formatJoin(files), { begin, end }));
}
