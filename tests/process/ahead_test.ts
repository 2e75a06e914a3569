/** Launches that are prepared ahead: their users, and that nothing of them stays. */
import {
  deepStrictEqual as deepEqual,
  notStrictEqual as notEqual,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { existsSync } from "node:fs";
import { systemClock } from "../../src/base/clock.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../src/runtime/config.ts";
import { readCgroups } from "../../src/runtime/cgroup/cgroup.ts";
import { readIsolation } from "../../src/runtime/linux/isolation.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../../src/runtime/linux/linux_runtime.ts";
import { readRuntimeFacts } from "../../src/runtime/linux/runtime_facts.ts";
import { planRuntime } from "../../src/runtime/linux/runtime_plan.ts";
import { killTree } from "../../src/runtime/machine/process.ts";
import { containerConfigOf, plainResources, sandboxConfigOf } from "../support/runtime_configs.ts";
import { makeRoots, removeRoots } from "./asked.ts";
import { canSandbox, processes, read, until } from "./support.ts";

/** A launch that waits: its process outside, and the container that it is for. */
interface Launch {
  readonly pid: number;
  readonly id: string;
}

/** A runtime with one sandbox, in folders of its own. */
class Node implements AsyncDisposable {
  readonly #roots = makeRoots();
  /** Resolves with the exit code of a container, by its id. */
  readonly #exits = new Map<string, PromiseWithResolvers<number>>();
  runtime!: LinuxRuntime;
  sandboxId = "";
  /** Lines for the user; a test takes those that it expects. */
  readonly warnings: string[] = [];

  /** With a sandbox whose first container has been. */
  static async open(): Promise<Node> {
    const node = await Node.openFresh();
    await node.run(configOf("exit 0", { name: "first" }));
    await until(() => node.launches().length === 0);
    return node;
  }

  /** With a sandbox in which there has been no container. */
  static async openFresh(sandbox: Partial<PodSandboxConfig> = {}): Promise<Node> {
    const node = new Node();
    const facts = { ...await readRuntimeFacts(readIsolation(), "host"), roots: node.#roots };
    const plan = planRuntime(facts, { isolation: "sandbox", network: "host", keep: false });
    node.runtime = createLinuxRuntime(plan, { clock: systemClock() }, {
      onEvent: (event) => {
        if (event.type === "containerExited") {
          node.#exitOf(event.containerId).resolve(event.exitCode);
        }
      },
      onOutput: () => Promise.resolve(),
      onWarning: (line) => void node.warnings.push(line),
    });
    await node.runtime.prepareVolumes("u1", []);
    ({ sandboxId: node.sandboxId } = await node.runtime.runPodSandbox(
      sandboxConfigOf(sandbox),
    ));
    return node;
  }

  #exitOf(containerId: string): PromiseWithResolvers<number> {
    const exit = this.#exits.get(containerId) ?? Promise.withResolvers<number>();
    this.#exits.set(containerId, exit);
    return exit;
  }

  /** Resolves with the exit code of a container. */
  exitOf(containerId: string): Promise<number> {
    return this.#exitOf(containerId).promise;
  }

  /** The ids of containers whose launch there is, by what waits for them outside. */
  launches(): Launch[] {
    return processes().flatMap((pid) => {
      const line = read(`/proc/${pid}/cmdline`);
      const [, run, id] =
        /\/runs\/(\w+)-memory\/.*\/containers\/(\w+)\/[^/]*\.unshare/.exec(line) ?? [];
      const isOurs = existsSync(`${this.#roots.data}/runs/${run}`);
      return id !== undefined && isOurs ? [{ pid, id }] : [];
    });
  }

  /** Prepares a container, and waits until it is there. */
  async expect(config: ContainerConfig): Promise<string> {
    this.runtime.expectContainer(this.sandboxId, config);
    return (await this.launch()).id;
  }

  /** The launch that waits, as soon as there is one. */
  async launch(): Promise<Launch> {
    let launch: Launch | undefined;
    // Kept from one look: between two programs of a process its command line is empty.
    await until(() => (launch ??= this.launches()[0]) !== undefined);
    return launch!;
  }

  /** @returns its id without the scheme, and its exit code. */
  async run(config: ContainerConfig): Promise<{ readonly id: string; readonly code: number }> {
    const containerId = await this.runtime.createContainer(this.sandboxId, config);
    await this.runtime.startContainer(containerId);
    const code = await this.exitOf(containerId);
    return { id: containerId.split("://")[1]!, code };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.close();
    equal(this.launches().length, 0);
    deepEqual(this.warnings, []);
    await removeRoots(this.#roots);
  }
}

const configOf = (script: string, change: Partial<ContainerConfig> = {}) =>
  containerConfigOf({
    argv: ["sh", "-c", script],
    env: [["PATH", "/usr/bin:/bin"]],
    ...change,
  });

/** How many pipes this program has open. */
function countPipes(): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith("pipe:");
    } catch (error) {
      // The descriptor of the listing itself.
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }).length;
}

/** Where the cgroups of a process are, if they are mounted at the usual place. */
function cgroupsOf(pid: number): readonly string[] {
  return read(`/proc/${pid}/cgroup`).trim().split("\n").flatMap((line) => {
    const [, controllers, path] = line.split(":");
    return [`/sys/fs/cgroup${path}`, `/sys/fs/cgroup/${controllers}${path}`];
  });
}

function test(
  name: string,
  body: (node: Node) => Promise<void>,
  open: () => Promise<Node> = Node.open,
  can = canSandbox,
): void {
  Deno.test({
    name,
    ignore: !can,
    async fn() {
      await using node = await open();
      await body(node);
    },
  });
}

test("a launch that waits becomes its container, with the command and variables of the start", async (node) => {
  const id = await node.expect(configOf("exit 1", { env: [["X", "old"]] }));
  const config = configOf('[ "$X" = "it\'s new" ] && exit 42', {
    restartCount: 1,
    env: [["PATH", "/usr/bin:/bin"], ["X", "it's new"]],
  });
  const run = await node.run(config);
  equal(run.code, 42);
  equal(run.id, id);
});

const changes: readonly [name: string, change: Partial<ContainerConfig>][] = [
  ["another container", { name: "b" }],
  ["a read-only root", { readOnlyRootFilesystem: true }],
  ["another working directory", { workingDir: "/tmp" }],
  ["other limits", { resources: { cpuShares: 3, oomScoreAdj: 999 } }],
];
for (const [name, change] of changes) {
  test(`a launch that waits is not used for ${name}`, async (node) => {
    const id = await node.expect(configOf("exit 1"));
    const run = await node.run(configOf("exit 42", change));
    equal(run.code, 42);
    notEqual(run.id, id);
  });
}

test("a launch that was killed while it waited is made again", async (node) => {
  const config = configOf("exit 42");
  const killed = await node.expect(config);
  for (const { pid } of node.launches()) Deno.kill(pid, "SIGKILL");
  await until(() => {
    node.runtime.expectContainer(node.sandboxId, config);
    return node.launches().some(({ id }) => id !== killed);
  });
  const run = await node.run(config);
  equal(run.code, 42);
  notEqual(run.id, killed);
});

/** What a sandbox has entered for its first container, and what has been prepared for another. */
const kinds: readonly [
  name: string,
  open: () => Promise<Node>,
  begin: (node: Node, config: ContainerConfig) => Promise<string>,
][] = [
  ["was prepared", Node.open, (node, config) => node.expect(config)],
  ["has entered its sandbox", () => Node.openFresh(), async (node) => (await node.launch()).id],
];
for (const [name, open, begin] of kinds) {
  test(
    `a launch that ${name} and is killed between its claim and its start is made again`,
    async (node) => {
      const config = configOf("exit 42");
      const id = await begin(node, config);
      const containerId = await node.runtime.createContainer(node.sandboxId, config);
      equal(containerId.endsWith(id), true);
      const { pid } = await node.launch();
      // All of it, again and again: what it forks meanwhile is not in a list from before.
      await until(() => {
        const left = processes().filter((it) => read(`/proc/${it}/cmdline`).includes(id));
        for (const it of left) killTree(it);
        return left.length === 0 && !existsSync(`/proc/${pid}`);
      });
      await node.runtime.startContainer(containerId);
      equal(await node.exitOf(containerId), 42);
    },
    open,
  );

  test(
    `a launch that ${name}, whose container is removed before its start, leaves no pipe and no cgroup`,
    async (node) => {
      const config = configOf("exit 1");
      const before = countPipes();
      const id = await begin(node, config);
      const containerId = await node.runtime.createContainer(node.sandboxId, config);
      equal(containerId.endsWith(id), true);
      const { pid } = await node.launch();
      const cgroups = cgroupsOf(pid).filter((it) => it.includes(id));
      await node.runtime.removeContainer(containerId);
      equal(node.launches().length, 0);
      // Pipes of the sandbox's start may have closed meanwhile.
      await until(() => countPipes() <= before);
      deepEqual(cgroups.filter((it) => existsSync(it)), []);
    },
    open,
  );

  test(
    `a launch that ${name} ends with its sandbox`,
    async (node) => {
      await begin(node, configOf("exit 1"));
      await node.runtime.stopPodSandbox(node.sandboxId);
      await until(() => node.launches().length === 0);
      await node.runtime.removePod("u1");
    },
    open,
  );
}

test("a sandbox is entered once for its first container, before that is known", async (node) => {
  const { id } = await node.launch();
  const run = await node.run(configOf("exit 42"));
  deepEqual(run, { id, code: 42 });
  notEqual((await node.run(configOf("exit 0", { name: "b" }))).id, id);
}, () => Node.openFresh());

test("a container with an open input does not take what waits for the first", async (node) => {
  const { id } = await node.launch();
  notEqual((await node.run(configOf("exit 42", { stdin: true }))).id, id);
  deepEqual([...new Set(node.launches().map((it) => it.id))], [id]);
}, () => Node.openFresh());

test("a container that shares its processes sees nothing that waits for another", async (node) => {
  equal((await node.run(configOf("exit 42", { stdin: true }))).code, 42);
  deepEqual(node.launches(), []);
}, () => Node.openFresh({ shareProcessNamespace: true }));

const canLimit = canSandbox &&
  readCgroups().hierarchies.some(({ controllers }) => controllers.includes("memory"));

test(
  "a launch that has entered its sandbox does not stay where its container cannot be limited",
  async (node) => {
    const { id } = await node.launch();
    const config = configOf("exit 1", { resources: { ...plainResources, memoryLimitBytes: NaN } });
    const containerId = await node.runtime.createContainer(node.sandboxId, config);
    equal(containerId.endsWith(id), true);
    await rejects(node.runtime.startContainer(containerId), { reason: "CreateContainerError" });
    deepEqual(node.launches(), []);
  },
  () => Node.openFresh(),
  canLimit,
);

test(
  "a launch that has entered its sandbox with more memory than its container may use makes no difference",
  async (node) => {
    await node.launch();
    // More than most cgroups have that are empty, and less than those with a shell in them.
    const resources = { ...plainResources, memoryLimitBytes: 100 << 10 };
    const reasonOf = async (change: Partial<ContainerConfig>) => {
      const config = configOf("exit 1", { ...change, resources });
      const containerId = await node.runtime.createContainer(node.sandboxId, config);
      return await node.runtime.startContainer(containerId).catch(({ reason }) => reason);
    };
    const usual = await reasonOf({ name: "b", stdin: true });
    notEqual(node.launches().length, 0);
    equal(await reasonOf({}), usual);
    equal(typeof usual, "string");
    deepEqual(node.launches(), []);
  },
  () => Node.openFresh(),
  canLimit,
);

test("a fault while a container is prepared is reported and ends nothing", async (node) => {
  const { security: _, ...config } = configOf("exit 42");
  node.runtime.expectContainer(node.sandboxId, config as ContainerConfig);
  await until(() => node.warnings.length > 0);
  equal(node.warnings.splice(0).join().startsWith('Cannot prepare container "'), true);
  equal((await node.run(configOf("exit 42"))).code, 42);
});

test("a container sees no launch that waits", async (node) => {
  await node.expect(configOf("exit 1"));
  const script = 'set -- /proc/[0-9]*; [ "$*" = "/proc/1" ] && exit 42; echo "$*"';
  equal((await node.run(configOf(script, { name: "b" }))).code, 42);
});
