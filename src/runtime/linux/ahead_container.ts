/**
 * A launch that is prepared before its container is due. It lives in the sandbox's own PID
 * namespace, which no container sees, and ends with it; it is released when it was not wanted for a
 * while.
 */
import { systemClock } from "../../base/clock.ts";
import { findOwnUser } from "../launch/credentials.ts";
import { isWithin } from "../machine/mount_table.ts";
import type { ContainerConfig } from "../config.ts";
import { RuntimeError } from "../runtime.ts";
import { credentialScope } from "../view/container_view.ts";
import {
  type ContainerPlace,
  discardLaunch,
  type PreparedLaunch,
  prepareLaunch,
} from "./container_launch.ts";
import type { LinuxSandbox, SandboxMember } from "./linux_sandbox.ts";
import type { RunContext } from "./run_context.ts";

/**
 * How long a launch waits for its container: one that runs for longer is not restarted in haste.
 */
const PATIENCE_MS = 10_000;
/** What a failure to release one is reported with. */
export const CANNOT_DISCARD = "Cannot remove a launch that was prepared ahead";
const wallClock = systemClock();

/** What a container takes over. */
export interface ClaimedLaunch {
  /** Its id and its folder. */
  readonly place: ContainerPlace;
  /** What waits for it. */
  readonly prepared: PreparedLaunch;
}

/** A container that may be started next. */
export class AheadContainer implements SandboxMember {
  readonly #context: RunContext;
  readonly #sandbox: LinuxSandbox;
  readonly #launch: ClaimedLaunch;
  readonly #key: string;
  readonly #released = new AbortController();

  private constructor(
    context: RunContext,
    sandbox: LinuxSandbox,
    config: ContainerConfig,
    launch: ClaimedLaunch,
  ) {
    this.#context = context;
    this.#sandbox = sandbox;
    this.#launch = launch;
    this.#key = formatKey(config);
    sandbox.add(this);
    const waited = wallClock.sleepUntil(wallClock.now() + PATIENCE_MS, this.#released.signal)
      .then(() => this.discard(), () => {}); // The only failure is our own abort.
    context.inBackground(waited, CANNOT_DISCARD);
  }

  /**
   * Prepares a container.
   * @returns undefined where nothing can be prepared; what fails here fails again at the start,
   * which reports it.
   */
  static prepare(
    context: RunContext,
    sandbox: LinuxSandbox,
    config: ContainerConfig,
  ): AheadContainer | undefined {
    if (!canPrepare(context, sandbox, config)) return undefined;
    const place = sandbox.takePlace();
    const container = { context, sandbox, config, place };
    const streams = { terminal: undefined, input: undefined, users: undefined };
    try {
      const prepared = prepareLaunch(container, { ...streams, isAhead: true });
      return new AheadContainer(context, sandbox, config, { place, prepared });
    } catch (error) {
      context.inBackground(discardPlace(context, place), CANNOT_DISCARD);
      if (error instanceof RuntimeError) return undefined;
      throw error;
    }
  }

  /** Whether it is as this container needs it. */
  fits(config: ContainerConfig): boolean {
    const { waiting } = this.#launch.prepared;
    return this.#key === formatKey(config) && !waiting.hasEnded && !this.#released.signal.aborted;
  }

  /** Hands over what waits. */
  claim(): ClaimedLaunch {
    this.#release();
    return this.#launch;
  }

  /** Ends what waits, and removes it. */
  async discard(): Promise<void> {
    if (this.#released.signal.aborted) return;
    await this.kill();
    const { prepared: { view }, place } = this.#launch;
    await this.#context.removePlace(place, view === undefined ? [] : [view]);
  }

  /** As {@link SandboxMember.kill}: its folder goes with that of the Pod. */
  async kill(): Promise<void> {
    this.#release();
    await discardLaunch(this.#launch.prepared);
  }

  #release(): void {
    this.#released.abort();
    this.#sandbox.remove(this);
  }
}

/** Removes a place in which nothing has been prepared. */
async function discardPlace(context: RunContext, place: ContainerPlace): Promise<void> {
  if (place.entered !== undefined) await discardLaunch(place.entered);
  await context.removePlace(place, []);
}

/** All that a prepared launch depends on. */
function formatKey(
  { argv: [program], env: _, restartCount: __, ...config }: ContainerConfig,
): string {
  return JSON.stringify({ ...config, program });
}

/** Whether a launch can wait unseen, and nothing that it is made of can change meanwhile. */
function canPrepare(
  { level, machine, covered }: RunContext,
  { isOpen, folders, config: { shareProcessNamespace } }: LinuxSandbox,
  { security, tty, stdin, workingDir, mounts }: ContainerConfig,
): boolean {
  const isOurs = (path: string | undefined) =>
    path !== undefined && covered.some((own) => isWithin(path, own));
  return level === "sandbox" && isOpen && machine.lacking.length === 0 &&
    !shareProcessNamespace && !tty && !stdin &&
    findOwnUser(security, credentialScope(machine, folders)) === undefined &&
    workingDir?.startsWith("/") !== false && isOurs(folders.workdir) &&
    mounts.every(({ volumeName, subPath }) => !subPath && isOurs(folders.volumes.get(volumeName)));
}
