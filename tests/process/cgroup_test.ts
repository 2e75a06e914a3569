/** What containers see of cgroups, and what they can do to those of others. */
import { strictEqual as equal } from "node:assert/strict";
import { readCgroups } from "../../src/runtime/cgroup/cgroup.ts";
import { canSandbox, hasProgram, Place, runPod, USERS } from "./support.ts";

const support = readCgroups();
const isV2 = support.version === "v2";
/** Here and, for what takes a cgroup namespace, with one. */
const ignore = !canSandbox || !support.memory || !support.cpu;
const all = [...support.hierarchies, ...support.confining];

Deno.test({ name: "a container finds its own limits in /sys/fs/cgroup", ignore }, async () => {
  await using place = await Place.open();
  const files = isV2
    ? "memory.max cpu.max"
    : "memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us";
  const script = `cd /sys/fs/cgroup; cat ${files}; cut -d: -f3 /proc/self/cgroup | sort -u
for file in ${files}; do echo 1 >$file; done`;
  const { stdout, stderr } = (await runPod(place, {
    mode: "sandbox",
    containers: {
      main: {
        command: ["sh", "-c", script],
        resources: { limits: { memory: "100Mi", cpu: "500m" } },
        livenessProbe: { exec: { command: ["true"] } },
      },
    },
  })).of("main");
  equal(stdout, `104857600\n50000${isV2 ? " " : "\n"}100000\n/\n`);
  equal(stderr.match(/Read-only file system/g)?.length, files.split(" ").length, stderr);
});

const canEnter = !ignore && await hasProgram("unshare");
/** Becomes root of namespaces in which its own cgroup is the topmost, and mounts a hierarchy. */
const within = (type: string, script: string) =>
  `unshare -UrmC sh -c 'mount ${type} none /tmp && ${script}'`;

const v2Place = all.find(({ version }) => version === "v2");
Deno.test({
  name: "what a container kills by a cgroup is itself alone",
  ignore: !canEnter || v2Place === undefined,
}, async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    mode: "sandbox",
    spec: {
      initContainers: [{
        name: "victim",
        image: "busybox",
        restartPolicy: "Always",
        command: [
          "sh",
          "-c",
          "trap 'echo ended in order; exit 0' TERM; echo up; while :; do sleep 0.05; done",
        ],
        startupProbe: { exec: { command: ["true"] } },
      }],
    },
    containers: {
      main: { command: ["sh", "-c", within("-t cgroup2", "echo 1 >/tmp/cgroup.kill")] },
    },
  });
  equal(outcome.of("victim").stdout, "up\nended in order\n", outcome.stderr);
  equal(outcome.code, 137, outcome.stderr);
});

Deno.test(
  { name: "a limit that a container lifts for itself holds", ignore: !canEnter },
  async () => {
    await using place = await Place.open();
    const lift = isV2
      ? within("-t cgroup2", "echo max >/tmp/memory.max; cat /tmp/memory.max")
      : within(
        "-t cgroup -o memory",
        "echo -1 >/tmp/memory.memsw.limit_in_bytes; echo -1 >/tmp/memory.limit_in_bytes; cat /tmp/memory.limit_in_bytes",
      );
    const outcome = await runPod(place, {
      mode: "sandbox",
      containers: {
        main: {
          command: ["sh", "-c", `${lift}; exec tail /dev/zero >/dev/null`],
          resources: { limits: { memory: "32Mi" } },
        },
      },
    });
    equal(outcome.of("main").stdout, isV2 ? "max\n" : "9223372036854771712\n");
    equal(outcome.code, 137, outcome.stderr);
    equal(JSON.stringify(outcome.events).includes("OOMKilled"), true);
  },
);

for (const { name, ignore, isRoot, as } of USERS) {
  Deno.test({ name: `no cgroup of the machine is seen by ${name}`, ignore }, async () => {
    await using place = await Place.open();
    const outcome = await runPod(place, {
      ...await as(place),
      mode: "sandbox",
      containers: {
        main: {
          command: [
            "sh",
            "-c",
            "ls -d /sys/fs/cgroup/*/*/ /sys/fs/cgroup/*/podling-* 2>&1 | grep -v cannot",
          ],
        },
      },
    });
    equal(outcome.of("main").stdout, "", outcome.stderr);
    equal(isRoot || outcome.code === 1, true);
  });
}
