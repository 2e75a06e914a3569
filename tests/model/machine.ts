/** The container runtime of the model: sandboxes and containers that do what a script says. */
import type { Container, Pod } from "../../src/api/types/pod.ts";
import type {
  ContainerScript,
  ScriptedExit,
  SimulationScript,
} from "../../src/runtime/simulated/simulation_script.ts";
import { type Process, sleep, type Timeline, until } from "./timeline.ts";

/** One run of a container, as the runtime knows it (R-MODEL-1). */
export interface Run {
  /** Unique; a later run has a higher one. */
  readonly id: number;
  readonly name: string;
  readonly restartCount: number;
  /** It went with its pause process, and no sync has killed it yet. */
  isLost?: boolean;
  /** Attempt of the sandbox that it was created in. */
  readonly sandbox: number;
  state: "running" | "exited";
  startedAt?: number;
  finishedAt?: number;
  exitCode?: number;
  reason?: string;
}

/** A pause process (R-MODEL-2). */
export interface Sandbox {
  readonly attempt: number;
  ready: boolean;
}

/** What the kubelet reads at the start of a sync; what happens later does not change it. */
export interface PodStatusSnapshot {
  /** The newest last. */
  readonly sandboxes: readonly Sandbox[];
  /** The newest first. */
  readonly runs: readonly Run[];
}

/** What the machine does with an order. */
export type StartOutcome =
  | { readonly type: "started"; readonly run: Run }
  | { readonly type: "notCreated"; readonly message: string }
  | { readonly type: "notStarted"; readonly message: string };

/** What a probe or a hook has come to. */
export type Answer = "success" | "failure" | "error";

const KILLED = 137;
const TERMINATED = 143;
const NOT_STARTED = 128;

/** Machines differ in one thing: whether a container survives its pause process. */
export interface MachineOptions {
  readonly timeline: Timeline;
  readonly pod: Pod;
  readonly script: SimulationScript;
  readonly containersDieWithPause: boolean;
  /** Something that the kubelet would be notified of has happened (R-WORKER-4). */
  readonly onChange: () => void;
}

/** Does what the script says, and nothing else. */
export class Machine {
  readonly #options: MachineOptions;
  readonly #timeline: Timeline;
  readonly #scripts = new Map<Run, ContainerScript>();
  #ids = 0;
  sandboxes: Sandbox[] = [];
  /** Those that have not been removed, the newest last. */
  runs: Run[] = [];
  /** Every run there ever was, in the order of their starts. */
  readonly history: Run[] = [];
  /** Names of the containers whose start is under way. */
  readonly starting = new Set<string>();
  /** Runs whose postStart hook is under way: their start is not over (R-HOOK-3). */
  readonly hooked = new Set<number>();

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#timeline = options.timeline;
  }

  /**
   * What is there now. Containers that went with their pause process are found running by the next
   * sync, which has then nothing left to kill: so a lost sandbox comes to the same as where they
   * survive it (R-SANDBOX-1).
   */
  snapshot(): PodStatusSnapshot {
    return {
      sandboxes: this.sandboxes.map((sandbox) => ({ ...sandbox })),
      runs: this.runs.map((run): Run => run.isLost ? { ...run, state: "running" } : { ...run })
        .reverse(),
    };
  }

  /** The run as it is now, whatever a snapshot says. */
  live({ id }: Run): Run | undefined {
    return this.runs.find((run) => run.id === id);
  }

  /** Whether a run of this name is alive, or about to be. */
  isAlive(name: string): boolean {
    return this.starting.has(name) ||
      this.runs.some((run) => run.name === name && run.state === "running");
  }

  /** The kubelet has found that nothing is left to be killed of what went with a pause process. */
  forgetLost(): void {
    for (const run of this.runs) run.isLost = false;
  }

  *createSandbox(attempt: number): Process<Sandbox | undefined> {
    const { metadata } = this.#options.pod;
    const config = { podUid: metadata.uid!, podName: metadata.name, attempt };
    const script = this.#options.script.sandbox?.(config as never) ?? {};
    yield* sleep(this.#timeline, script.startMs ?? 0);
    if (script.error !== undefined) return undefined;
    const sandbox: Sandbox = { attempt, ready: true };
    this.sandboxes.push(sandbox);
    this.#options.onChange();
    if (script.exitAfterMs !== undefined) {
      this.#timeline.spawn(this.#pauseDies(sandbox, script.exitAfterMs));
    }
    return sandbox;
  }

  /** Whatever still runs in it is killed. */
  stopSandboxes(): void {
    for (const sandbox of this.sandboxes) {
      if (!sandbox.ready) continue;
      sandbox.ready = false;
      this.#options.onChange();
      for (const run of this.runs) if (run.sandbox === sandbox.attempt) this.#exit(run, KILLED);
    }
  }

  /**
   * Creates and starts (R-START-1); a program that cannot be started leaves a run of its own
   * (R-START-3).
   */
  *start(container: Container, restartCount: number, sandbox: Sandbox): Process<StartOutcome> {
    const { name } = container;
    const { pod, script: { container: scriptOf }, onChange } = this.#options;
    const gone = `sandbox ${sandbox.attempt} is not ready`;
    if (!sandbox.ready) return { type: "notCreated", message: gone };
    const config = { podUid: pod.metadata.uid!, name, restartCount };
    const script = scriptOf?.(config as never, {} as never) ?? {};
    if (script.createError !== undefined) {
      return { type: "notCreated", message: script.createError };
    }
    this.starting.add(name);
    yield* sleep(this.#timeline, script.startMs ?? 0);
    this.starting.delete(name);
    const id = ++this.#ids;
    const error = script.startError ?? (sandbox.ready ? undefined : gone);
    const run: Run = { id, name, restartCount, sandbox: sandbox.attempt, state: "running" };
    this.runs.push(run);
    this.history.push(run);
    onChange();
    if (error !== undefined) {
      this.#end(run, NOT_STARTED, "StartError");
      return { type: "notStarted", message: error };
    }
    run.startedAt = this.#timeline.now;
    this.#scripts.set(run, script);
    if (script.exitAfterMs !== undefined) {
      this.#timeline.spawn(this.#exitsAfter(run, script.exitAfterMs, script.exit ?? {}));
    }
    return { type: "started", run };
  }

  /** A stop signal, and SIGKILL after the grace (R-TERM-8). */
  *stop(run: Run, graceEnd: () => number): Process {
    if (run.isLost) this.#options.onChange();
    run.isLost = false;
    const { onStopSignal = "exit" } = this.#scripts.get(run) ?? {};
    if (run.state === "running") {
      if (onStopSignal === "exit") this.#exit(run, TERMINATED);
      else if (onStopSignal !== "ignore") {
        this.#timeline.spawn(this.#exitsAfter(run, onStopSignal.afterMs, onStopSignal.exit));
      }
    }
    while (run.state === "running" && this.#timeline.now < graceEnd()) {
      const end = graceEnd();
      yield* until(() => run.state === "exited" || graceEnd() !== end, end);
    }
    this.#exit(run, KILLED);
    run.isLost = false;
  }

  /** Forgets it (R-RAC-3, R-ACT-6). */
  remove(run: Run): void {
    this.runs = this.runs.filter(({ id }) => id !== run.id);
    this.#options.onChange();
  }

  /** What a container answers; one that ends meanwhile gives no answer. */
  *ask(run: Run, purpose: string, timeoutMs = Infinity): Process<Answer> {
    if (run.state !== "running") return "error";
    const request = { purpose } as never;
    const { afterMs = 0, outcome = "success" } =
      this.#scripts.get(run)?.handler?.(request, this.#timeline.now) ?? {};
    const answered = this.#timeline.now + Math.min(afterMs, timeoutMs);
    if (afterMs > 0) yield* until(() => run.state !== "running", answered);
    if (this.#timeline.now < answered) return "error";
    if (afterMs > timeoutMs) return "failure";
    return outcome === "warning" ? "success" : outcome;
  }

  *#exitsAfter(run: Run, ms: number, exit: ScriptedExit): Process {
    yield* until(() => run.state === "exited", this.#timeline.now + ms);
    this.#exit(run, exit.exitCode ?? 0, exit.oomKilled);
  }

  *#pauseDies(sandbox: Sandbox, ms: number): Process {
    yield* until(() => !sandbox.ready, this.#timeline.now + ms);
    if (!sandbox.ready) return;
    sandbox.ready = false;
    this.#options.onChange();
    if (!this.#options.containersDieWithPause) return;
    for (const run of this.runs) {
      if (run.sandbox !== sandbox.attempt || run.state !== "running") continue;
      run.isLost = true;
      this.#exit(run, KILLED);
    }
  }

  #exit(run: Run, exitCode: number, oomKilled = false): void {
    if (run.state !== "running") return;
    this.#end(run, exitCode, oomKilled ? "OOMKilled" : exitCode === 0 ? "Completed" : "Error");
  }

  #end(run: Run, exitCode: number, reason: string): void {
    Object.assign(run, { state: "exited", exitCode, reason, finishedAt: this.#timeline.now });
    this.#options.onChange();
  }
}
