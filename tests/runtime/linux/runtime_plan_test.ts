import { strictEqual as equal, throws } from "node:assert/strict";
import type { IsolationReport } from "../../../src/runtime/linux/isolation.ts";
import {
  planRuntime,
  type PodNetworks,
  type RuntimeFacts,
  type RuntimeRequest,
} from "../../../src/runtime/linux/runtime_plan.ts";
import { HOST_TOOLS, type Machine, type Tools } from "../../../src/runtime/machine/machine.ts";
import { RuntimeError } from "../../../src/runtime/runtime.ts";

const tools = Object.fromEntries(
  [...HOST_TOOLS, "sh", "env", "rm", "rmdir", "chmod"].map((name) => [name, `/usr/bin/${name}`]),
) as Tools;
const machine = { tools, overlay: "disk", privileged: true } as Machine;
const limits = { cpu: true, memory: true, pids: true } as IsolationReport["limits"];
const sandbox: IsolationReport = { level: "sandbox", rows: [], machine, limits };
const noSandbox: IsolationReport = {
  ...sandbox,
  level: "process",
  reason: "the kernel refuses namespaces here (EPERM)",
  remedy: "sysctl x=1",
};
const networks = { support: { outbound: [] } } as unknown as PodNetworks;
const refused = {
  support: { refusal: { reason: "ip cannot be found on PATH", remedy: "install iproute2" } },
} as unknown as PodNetworks;

const facts: RuntimeFacts = {
  isolation: sandbox,
  hasOwnProc: true,
  networks: undefined,
  services: undefined,
  roots: { state: "/state", data: "/data" },
};
const request: RuntimeRequest = { isolation: "auto", network: "host", keep: false };

const levels: [string, Partial<RuntimeFacts>, Partial<RuntimeRequest>, string][] = [
  ["auto takes the sandbox", {}, {}, "sandbox"],
  ["auto without a sandbox", { isolation: noSandbox }, {}, "process"],
  ["a sandbox where process is asked for", {}, { isolation: "process" }, "process"],
  ["a sandbox that is asked for", {}, { isolation: "sandbox" }, "sandbox"],
];

for (const [name, fact, asked, level] of levels) {
  Deno.test(`${name}: ${level}`, () => {
    equal(planRuntime({ ...facts, ...fact }, { ...request, ...asked }).level, level);
  });
}

Deno.test("networks belong to a plan only where pods have networks of their own", () => {
  equal(planRuntime({ ...facts, networks }, request).networks, undefined);
  equal(planRuntime({ ...facts, networks }, { ...request, network: "pod" }).networks, networks);
});

const refusals: [string, Partial<RuntimeFacts>, Partial<RuntimeRequest>, RegExp][] = [
  ["no sandbox here", { isolation: noSandbox }, { isolation: "sandbox" }, /\(EPERM\); sysctl x=1$/],
  [
    "no overlay file system",
    { isolation: { ...sandbox, machine: { ...machine, overlay: "none" } } },
    { rootfs: "overlay" },
    /private root: overlayfs is not available/,
  ],
  ["/proc of another namespace", { hasOwnProc: false }, {}, /another PID namespace/],
  [
    "a missing program",
    {
      isolation: {
        ...sandbox,
        machine: { ...machine, tools: { ...tools, sh: "sh", grep: "grep" } },
      },
    },
    {},
    /: sh and grep cannot be found on PATH; install util-linux and coreutils$/,
  ],
  [
    "a pod network without a sandbox",
    { isolation: noSandbox },
    { network: "pod" },
    /^--network pod is not available here: .*\(EPERM\); sysctl x=1$/,
  ],
  [
    "a pod network for processes",
    { networks },
    { isolation: "process", network: "none" },
    /^--network none is not available here: it needs a sandbox; use --isolation sandbox$/,
  ],
  [
    "a pod network without its programs",
    { networks: refused },
    { network: "pod" },
    /: ip cannot be found on PATH; install iproute2$/,
  ],
];

for (const [name, fact, asked, message] of refusals) {
  Deno.test(`${name} is refused`, () => {
    throws(
      () => planRuntime({ ...facts, ...fact }, { ...request, ...asked }),
      (error) =>
        error instanceof RuntimeError && error.reason === "Isolation" &&
        message.test(error.message),
    );
  });
}
