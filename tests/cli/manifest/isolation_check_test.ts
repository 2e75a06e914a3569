import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { ignoredFields } from "../../../src/api/field_support.ts";
import type { Pod, PodSpec } from "../../../src/api/types/pod.ts";
import {
  findRefusedFields,
  findUnread,
  findUnsupportedFields,
  type RunSupport,
} from "../../../src/cli/manifest/isolation_check.ts";

const podOf = (spec: Partial<PodSpec>): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { containers: [{ name: "web" }], ...spec },
});

function manyContainers(mains: number, inits: number): Partial<PodSpec> {
  const make = (length: number, name: string) =>
    Array.from({ length }, (_, i) => ({ name: `${name}${i}` }));
  return { containers: make(mains, "main"), initContainers: make(inits, "init") };
}

const all: RunSupport = {
  level: "sandbox",
  network: "pod",
  user: { uid: 0, gid: 0 },
  users: 2 ** 31 - 1,
  privileged: false,
  limits: { cpu: true, memory: true, pids: true },
};

const asMyself = { level: "process", users: "caller", user: { uid: 7, gid: 7 } } as const;

/** A spec, a run, and the fields that it refuses. */
const refused: readonly [string, Partial<PodSpec>, Partial<RunSupport>, readonly string[]][] = [
  ["nothing of a plain Pod", {}, { level: "process", network: "host" }, []],
  ["nothing of one with 500 containers", manyContainers(499, 1), {}, []],
  ["one with more containers", manyContainers(501, 0), {}, ["spec.containers"]],
  ["one with more init containers", manyContainers(1, 500), {}, ["spec.initContainers"]],
  [
    "volumes at a path, a read-only root and powers",
    {
      initContainers: [{ name: "prep", securityContext: { privileged: true } }],
      containers: [{
        name: "web",
        volumeMounts: [{ name: "v", mountPath: "/etc" }],
        securityContext: {
          readOnlyRootFilesystem: true,
          capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
        },
      }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
    },
    { level: "process" },
    [
      "spec.initContainers[0].securityContext.privileged",
      "spec.containers[0].volumeMounts[0].mountPath",
      "spec.containers[0].securityContext.readOnlyRootFilesystem",
      "spec.containers[0].securityContext.capabilities.add",
    ],
  ],
  [
    "other users and groups than there are",
    {
      securityContext: { runAsUser: 7, runAsGroup: 8, fsGroup: 9, supplementalGroups: [7, 10] },
      containers: [{ name: "web", securityContext: { runAsUser: 0, runAsGroup: 7 } }],
      hostUsers: false,
    },
    asMyself,
    [
      "spec.hostUsers",
      "spec.securityContext.runAsGroup",
      "spec.containers[0].securityContext.runAsUser",
      "spec.securityContext.fsGroup",
      "spec.securityContext.supplementalGroups[1]",
    ],
  ],
  [
    "all but root in a sandbox without sub-ids",
    {
      securityContext: { runAsUser: 0, fsGroup: 9 },
      initContainers: [{ name: "prep", securityContext: { runAsUser: 1000 } }],
    },
    { users: "single" },
    ["spec.securityContext.fsGroup"],
  ],
  [
    "users and groups beyond the sub-ids",
    {
      securityContext: { runAsUser: 65535, supplementalGroups: [65535, 65536] },
      containers: [{ name: "web", securityContext: { runAsUser: 70000, runAsGroup: 1 } }],
    },
    { users: 65535 },
    [
      "spec.containers[0].securityContext.runAsUser",
      "spec.securityContext.supplementalGroups[1]",
    ],
  ],
  [
    "none of the user's own",
    {
      securityContext: { runAsUser: 7, runAsGroup: 7, fsGroup: 7, supplementalGroups: [7] },
    },
    asMyself,
    [],
  ],
  [
    "nothing where all users are available",
    { securityContext: { runAsUser: 7, fsGroup: 8 } },
    {},
    [],
  ],
  [
    "kernel parameters and limits in memory",
    {
      securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }] },
      volumes: [
        { name: "a", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        { name: "b", emptyDir: { sizeLimit: "1Mi" } },
      ],
    },
    { level: "process" },
    [
      "spec.securityContext.sysctls",
      "spec.volumes[0].emptyDir.sizeLimit",
    ],
  ],
  [
    "kernel parameters of a network that is the machine's",
    {
      securityContext: {
        sysctls: [
          { name: "kernel.shm_rmid_forced", value: "1" },
          { name: "net.ipv4.tcp_rmem", value: "1" },
          { name: "net/ipv4/tcp_wmem", value: "1" },
        ],
      },
    },
    { network: "host" },
    [
      "spec.securityContext.sysctls[1].name",
      "spec.securityContext.sysctls[2].name",
    ],
  ],
  [
    "none of them where the network is the Pod's",
    {
      securityContext: { sysctls: [{ name: "net.ipv4.tcp_rmem", value: "1" }] },
    },
    { network: "none" },
    [],
  ],
];
for (const [name, spec, run, fields] of refused) {
  Deno.test(`findRefusedFields() refuses ${name}`, () => {
    const errors = findRefusedFields(podOf(spec), { ...all, ...run });
    deepEqual(errors.map(({ field }) => field), fields);
    for (const { reason } of errors) equal(reason, "Unsupported");
  });
}

const limited: Partial<PodSpec> = {
  containers: [{
    name: "web",
    resources: { limits: { cpu: "1", memory: "1Mi" }, requests: { cpu: "1", memory: "1Mi" } },
  }],
  resources: { limits: { memory: "1Mi" } },
};
const ports: Partial<PodSpec> = {
  containers: [{
    name: "web",
    ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81, hostPort: 81 }],
  }],
};
/** A spec, a run, and the fields that it ignores though the table of fields enforces them. */
const ignored: readonly [string, Partial<PodSpec>, Partial<RunSupport>, readonly string[]][] = [
  ["no limit where all can be limited", limited, {}, []],
  ["what cannot be limited", limited, { limits: { cpu: false, memory: false, pids: true } }, [
    "spec.containers[0].resources.limits.cpu",
    "spec.containers[0].resources.limits.memory",
    "spec.containers[0].resources.requests.cpu",
    "spec.resources.limits.memory",
  ]],
  ["memory alone", limited, { limits: { cpu: true, memory: false, pids: true } }, [
    "spec.containers[0].resources.limits.memory",
    "spec.resources.limits.memory",
  ]],
  ["ports that nothing leads from", ports, { network: "host" }, [
    "spec.containers[0].ports[0].hostPort",
  ]],
  ["every port without a network", ports, { network: "none" }, [
    "spec.containers[0].ports[0].hostPort",
    "spec.containers[0].ports[1].hostPort",
  ]],
  ["no port that is mapped", ports, { network: "pod" }, []],
  [
    "a port that no stream leads from",
    {
      containers: [{
        name: "web",
        ports: [{ containerPort: 53, hostPort: 53, protocol: "UDP" }, {
          containerPort: 53,
          hostPort: 53,
        }],
      }],
    },
    { network: "pod" },
    ["spec.containers[0].ports[0].hostPort"],
  ],
  ["no port of the machine's network", { ...ports, hostNetwork: true }, { network: "none" }, []],
  [
    "names that no view shows",
    {
      hostname: "a",
      hostAliases: [{ ip: "1.2.3.4" }],
      dnsPolicy: "None",
      dnsConfig: { nameservers: ["1.2.3.4"] },
    },
    { level: "process" },
    [
      "spec.hostname",
      "spec.hostAliases",
      "spec.dnsPolicy",
      "spec.dnsConfig",
    ],
  ],
  [
    "no policy that leads to the machine's resolver",
    { dnsPolicy: "Default" },
    { level: "process" },
    [],
  ],
  [
    "what a container cannot have over the machine",
    {
      containers: [
        { name: "a", securityContext: { privileged: true } },
        { name: "b", securityContext: { capabilities: { add: ["CAP_SYS_TIME", "CHOWN"] } } },
        { name: "c", securityContext: { capabilities: { add: ["ALL"] } } },
        { name: "d", securityContext: { capabilities: { add: ["SYS_PTRACE", "IPC_LOCK"] } } },
        { name: "e", securityContext: { capabilities: { add: ["NET_ADMIN"] } } },
      ],
    },
    { network: "pod" },
    [
      "spec.containers[0].securityContext.privileged",
      "spec.containers[1].securityContext.capabilities",
      "spec.containers[2].securityContext.capabilities",
    ],
  ],
  [
    "power over a network that is the machine's",
    { containers: [{ name: "e", securityContext: { capabilities: { add: ["NET_ADMIN"] } } }] },
    { network: "host" },
    ["spec.containers[0].securityContext.capabilities"],
  ],
  ["no users of an ordinary user's", { hostUsers: false }, {}, []],
];
for (const [name, spec, run, fields] of ignored) {
  Deno.test(`findUnsupportedFields() ignores ${name}`, () => {
    const pod = podOf(spec);
    const unsupported = findUnsupportedFields(pod, { ...all, ...run });
    deepEqual(ignoredFields(pod, unsupported).map(({ field }) => field), fields);
  });
}

Deno.test("users of their own are refused to root's Pods, in the kubelet's words (R-SANDBOX-10)", () => {
  const [error, ...more] = findRefusedFields(podOf({ hostUsers: false }), {
    ...all,
    privileged: true,
  });
  equal(more.length, 0);
  equal(error?.reason, "Unsupported");
  match(
    String(error?.message),
    /^Unsupported here: Failed to create pod sandbox: can't set `spec.hostUsers: false`, runtime does not support user/,
  );
  deepEqual(findRefusedFields(podOf({ hostUsers: false }), all), []);
});

Deno.test("findUnsupportedFields() names why and what can stand in", () => {
  const limits = { cpu: true, memory: false, pids: false, reason: "/sys/fs/cgroup is read-only" };
  const pod = podOf(limited);
  deepEqual(ignoredFields(pod, findUnsupportedFields(pod, { ...all, limits }))[0], {
    field: "spec.containers[0].resources.limits.memory",
    note: "no cgroup can limit it here: /sys/fs/cgroup is read-only; ulimit -v limits a process",
  });
});

Deno.test("findUnread() names the containers that would read what another one reads", () => {
  const pod = podOf({
    initContainers: [{ name: "prep", stdin: true }],
    containers: [{ name: "web", stdin: true }, { name: "other" }, { name: "third", stdin: true }],
  });
  const reader = { podUid: "u", pod: "default/first", container: "web", tty: false };
  const fieldsOf = (uid: string) =>
    ignoredFields(pod, findUnread({ ...pod, metadata: { name: "web", uid } }, reader));
  const note = 'standard input is read by container "web" of Pod "default/first"';
  deepEqual(fieldsOf("u"), [
    { field: "spec.containers[2].stdin", note },
    { field: "spec.initContainers[0].stdin", note },
  ]);
  equal(fieldsOf("other").length, 3);
});
