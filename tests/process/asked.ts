/** A runtime of this machine that tests can ask. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import type { ContainerConfig } from "../../src/runtime/config.ts";
import { readIsolation } from "../../src/runtime/linux/isolation.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../../src/runtime/linux/linux_runtime.ts";
import { readRuntimeFacts } from "../../src/runtime/linux/runtime_facts.ts";
import { planRuntime } from "../../src/runtime/linux/runtime_plan.ts";
import type { StateRoots } from "../../src/runtime/machine/state_dir.ts";
import { containerConfigOf, sandboxConfigOf } from "../support/runtime_configs.ts";

/**
 * Roots for one runtime: tests run side by side in one process, so the environment, which they
 * share, cannot name them.
 */
export function makeRoots(): StateRoots {
  const make = () => Deno.realPathSync(Deno.makeTempDirSync({ prefix: "podling-roots-" }));
  return { state: make(), data: make() };
}

/** Removes them with all that is in them. */
export async function removeRoots(roots: StateRoots): Promise<void> {
  for (const root of Object.values(roots)) await Deno.remove(root, { recursive: true });
}

/** A runtime of its own, with a sandbox. */
export class Asked implements AsyncDisposable {
  readonly #roots: StateRoots;
  /** Resolves with the exit code of a container, by its id. */
  readonly #exits = new Map<string, PromiseWithResolvers<number>>();
  /** None is expected. */
  readonly #warnings: string[] = [];
  readonly runtime: LinuxRuntime;
  sandboxId = "";

  private constructor(roots: StateRoots, create: (exited: Asked) => LinuxRuntime) {
    this.#roots = roots;
    this.runtime = create(this);
  }

  /** Opens one. @param cgroups whether it uses those of the machine. */
  static async open(level: "sandbox" | "process", cgroups = true): Promise<Asked> {
    const roots = makeRoots();
    const facts = { ...await readRuntimeFacts(readIsolation(), "host"), roots };
    const planned = planRuntime(facts, { isolation: level, network: "host", keep: false });
    const { report } = planned;
    const limits = { ...report.limits, hierarchies: [], confining: [] };
    const plan = cgroups ? planned : { ...planned, report: { ...report, limits } };
    const asked = new Asked(roots, (it) =>
      createLinuxRuntime(plan, { clock: systemClock() }, {
        onEvent: (event) => {
          if (event.type !== "containerExited") return;
          it.#exitOf(event.containerId).resolve(event.exitCode);
        },
        onOutput: () => Promise.resolve(),
        onWarning: (line) => void it.#warnings.push(line),
      }));
    await asked.runtime.prepareVolumes("u1", []);
    ({ sandboxId: asked.sandboxId } = await asked.runtime.runPodSandbox(sandboxConfigOf()));
    return asked;
  }

  #exitOf(containerId: string): PromiseWithResolvers<number> {
    const exit = this.#exits.get(containerId) ?? Promise.withResolvers<number>();
    this.#exits.set(containerId, exit);
    return exit;
  }

  async create(script: string, change: Partial<ContainerConfig> = {}): Promise<string> {
    const argv = ["sh", "-c", script];
    return await this.runtime.createContainer(
      this.sandboxId,
      containerConfigOf({ argv, env: [["PATH", "/usr/bin:/bin"]], ...change }),
    );
  }

  async start(script: string, change: Partial<ContainerConfig> = {}): Promise<string> {
    const id = await this.create(script, change);
    await this.runtime.startContainer(id);
    return id;
  }

  async exitOf(containerId: string): Promise<number> {
    return await this.#exitOf(containerId).promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.close();
    await removeRoots(this.#roots);
    deepEqual(this.#warnings, []);
  }
}

/** The levels of isolation that are asked. */
export const LEVELS = ["sandbox", "process"] as const;

/** Is not aborted. */
export const NEVER: AbortSignal = new AbortController().signal;
