/**
 * A launch on its way: a process that has entered the sandbox, then makes the container's view, and
 * waits for each next part.
 */
import { endsWithin, inBackground } from "../../base/abort.ts";
import { type Clock, type Millis, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import type { Cgroup } from "../cgroup/cgroup.ts";
import type { Tools } from "../machine/machine.ts";
import { killLaunch, killUnlessGone, readForks } from "../machine/process.ts";
import { asRefusal, RuntimeError } from "../runtime.ts";
import { PipeReader, type Source } from "../streams/pipe_reader.ts";
import {
  type EnterPlan,
  formatCarriers,
  formatEnter,
  formatGo,
  formatPreparation,
  type Go,
  INPUT,
  type LaunchPlan,
} from "./launch.ts";

/**
 * How long a killed launch may take to end before what waits for it is killed too, and is no longer
 * waited for.
 */
const KILL_MS = 2000;
/** The longest time between two attempts to continue what waits for a killed container. */
const RESUME_MAX_MS = 1000;
const wallClock = systemClock();

/** What the first part of a launch needs. */
export interface EnterOptions {
  readonly plan: EnterPlan;
  /** Its processes will be known by a mark, and by when they began. */
  readonly isMarked: boolean;
  /** Where all processes of the container are. */
  readonly cgroup: Pick<Cgroup, "kill">;
  /** Programs of the machine. */
  readonly tools: Tools;
  /** Programs and options that come before `sh`: into the namespaces. */
  readonly chain: readonly string[];
  /** What is opened as the program's standard input. @default nothing but the end of a file */
  readonly input?: string;
  /** The program's output goes to a terminal. */
  readonly hasTerminal: boolean;
  /** Gives the time of its end. */
  readonly clock: Clock;
  /** Prints one line for the user. */
  warn(line: string): void;
}

/** How the first process of a container, or of its launch, ended. */
export interface LaunchEnd {
  /** 128 + n for signal n. */
  readonly exitCode: number;
  /** `SIGKILL` and so on, when a signal ended it. */
  readonly signal?: string;
  /** Clock time at which it was reaped. */
  readonly finishedAt: Millis;
}

/** A process that waits for what is next. */
export class WaitingLaunch {
  /** What was spawned. */
  readonly options: EnterOptions;
  /** Resolves when it has been reaped. */
  readonly exited: Promise<LaunchEnd>;
  /** Undefined where its output goes to a terminal. */
  readonly stdout: Source | undefined;
  /** What the launcher reports, and then what the program writes. */
  readonly stderr: Source;
  /** How many processes there had been on the machine before it. */
  readonly forks: number;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #hasEnded = false;
  #hasGone = false;

  /**
   * Starts the first part.
   * @throws {RuntimeError} `CreateContainerError`
   */
  constructor(options: EnterOptions) {
    this.options = options;
    this.forks = options.isMarked ? readForks() : 0;
    this.#child = spawn(options);
    this.#input = this.#child.stdin.getWriter();
    this.exited = observeExit(this.#child, options.clock).finally(() => this.#hasEnded = true);
    this.exited.catch(() => {}); // What waits for it fails, and this one may end before it is due.
    this.stdout = options.hasTerminal ? undefined : new PipeReader(this.#child.stdout);
    this.stderr = new PipeReader(this.#child.stderr);
  }

  /** Whether it has failed, or was killed. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Starts the second part, once.
   * @param plan as it was entered with.
   * @throws {RuntimeError} `CreateContainerError`
   */
  prepare(plan: LaunchPlan): void {
    for (const { name, text } of formatPreparation(plan)) {
      const path = `${plan.linkDirectory}/${name}`;
      asRefusal("CreateContainerError", () => Deno.writeTextFileSync(path, text));
    }
    this.#send("\n", "Cannot prepare a container");
  }

  /**
   * Starts the third part, once.
   * @param plan as the one that was prepared but for what only this part reads.
   * @throws {RuntimeError} `StartError` for arguments and variables that no program can be given.
   */
  go(plan: LaunchPlan, go: Go): void {
    const what = findUnexecutable(plan, go);
    if (what !== undefined) throw new RuntimeError("StartError", `exec: "${go.argv[0]}": ${what}`);
    this.#hasGone = true;
    this.#send(formatGo(plan, go), `Cannot start "${go.argv[0]}"`);
  }

  /** What is sent last is the end of its input. */
  #send(text: string, what: string): void {
    inBackground(this.#write(text, this.#hasGone), what, (line) => this.options.warn(line));
  }

  /** Without what is sent to it it has nothing to do. */
  async #write(text: string, isLast: boolean): Promise<void> {
    try {
      await this.#input.write(new TextEncoder().encode(text));
      if (isLast) await this.#input.close();
    } catch (error) {
      // It has ended; what it reported on standard error says why.
      if (error instanceof Deno.errors.BrokenPipe) return;
      await this.end();
      throw error;
    }
  }

  /**
   * Continues what waits for the container until it has ended: a stopped one would not see the
   * container's end, and `nsenter` stops itself again when it finds that its child was stopped.
   */
  async resume(): Promise<void> {
    const ended = this.exited.catch(() => {}); // For those who wait for the end itself.
    for (let ms = 1; !this.#hasEnded; ms = Math.min(ms * 2, RESUME_MAX_MS)) {
      killUnlessGone(this.#child.pid, "SIGCONT");
      if (await endsWithin(ended, ms, wallClock)) return;
    }
  }

  /** Kills it and all of its container, and waits for that, but not indefinitely. */
  async end(): Promise<void> {
    const { cgroup, chain } = this.options;
    for (const isLast of [false, true]) {
      if (this.#hasEnded) return;
      cgroup.kill();
      killLaunch(this.#child.pid, chain.length > 0 && !isLast);
      const given = new AbortController();
      const patience = wallClock.sleepUntil(wallClock.now() + KILL_MS, given.signal)
        .catch(() => {}); // The only failure is our own abort.
      await Promise.race([this.exited, patience]);
      given.abort();
    }
  }

  /** Nothing more is read of it, or written to it. */
  async drop(): Promise<void> {
    await Promise.all([
      this.stdout?.cancel(),
      this.stderr.cancel(),
      this.#hasGone ? undefined : this.#input.abort(),
    ]);
  }
}

/** The longest string that the kernel gives to a program, with its end (MAX_ARG_STRLEN). */
const LONGEST_STRING_BYTES = 1 << 17;

/** Why no program can be executed so; undefined if it can. */
function findUnexecutable(plan: LaunchPlan, { argv, values }: Go): string | undefined {
  const carriers = Object.entries(formatCarriers(plan, values));
  const strings = [...argv, ...carriers.map(([name, value]) => `${name}=${value}`)];
  if (strings.some((it) => it.includes("\0"))) return "a NUL byte in an argument or a variable";
  // No character takes more than three bytes for each unit of its length.
  const isTooLong = (it: string) =>
    it.length * 3 >= LONGEST_STRING_BYTES &&
    new TextEncoder().encode(it).length >= LONGEST_STRING_BYTES;
  return strings.some(isTooLong) ? "argument list too long" : undefined;
}

function spawn(options: EnterOptions): Deno.ChildProcess {
  const { plan, tools, chain, input, hasTerminal } = options;
  // Where the node's descriptors are still within reach.
  const opening = input === undefined ? [] : [tools.sh, "-c", `exec "$@" ${INPUT}<"$0"`, input];
  try {
    // A session of its own: what the terminal sends to our group is not for the container. Deno's
    // `detached` would make one too, by a fork of ourselves: the larger we are, the longer it
    // takes, and all else stands still.
    return new Deno.Command(tools.setsid, {
      args: [...opening, ...chain, tools.sh, "-c", formatEnter(plan), plan.nonce],
      cwd: "/",
      clearEnv: true,
      stdin: "piped",
      stdout: hasTerminal ? "null" : "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const message = `Cannot start a process: ${messageOf(error)}`;
    throw new RuntimeError("CreateContainerError", message, { cause: error });
  }
}

async function observeExit(child: Deno.ChildProcess, clock: Clock): Promise<LaunchEnd> {
  try {
    const { code, signal } = await child.status;
    const end = { exitCode: code, finishedAt: clock.now() };
    return signal === null ? end : { ...end, signal };
  } catch (error) {
    // Deno has no names for real-time signals and refuses the status of a process that died of one.
    const number = /Invalid signal: (\d+)/.exec(messageOf(error))?.[1];
    if (number === undefined) throw error;
    const exitCode = 128 + Number(number);
    return { exitCode, signal: `SIGRTMIN+${Number(number) - 34}`, finishedAt: clock.now() };
  }
}
