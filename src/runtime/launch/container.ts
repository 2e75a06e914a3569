/**
 * One run of a container: from its launch to its last line of output.
 */
import { type Clock, type Millis, systemClock } from "../../base/clock.ts";
import type { Cgroup } from "../cgroup/cgroup.ts";
import type { LaunchPlan, ProgramStreams } from "./launch.ts";
import {
  isRefusal,
  type Launch,
  type Launched,
  launchError,
  readMarker,
  UnshareWords,
} from "./launcher_words.ts";
import { after, pump, type PumpTarget, readAll } from "./output_pump.ts";
import type { LaunchEnd, WaitingLaunch } from "./waiting_launch.ts";
import { LogFile, type LogLimits } from "../streams/log_file.ts";
import { LogTail } from "../streams/logs.ts";
import type { Source } from "../streams/pipe_reader.ts";
import {
  identifyProcess,
  killMarked,
  type ProcessIdentity,
  readCommandLine,
  signalProcess,
} from "../machine/process.ts";
import type { ContainerConfig } from "../config.ts";
import { type ContainerOutput, RuntimeError } from "../runtime.ts";
import type { Terminal } from "../streams/terminal.ts";

/** What the third part of a launch needs. */
export interface StartOptions {
  readonly config: ContainerConfig;
  /** How it is reached: as it was prepared, but for what only that part reads. */
  readonly plan: LaunchPlan;
  /** Where all of its processes are. */
  readonly cgroup: Cgroup;
  /** Its terminal; the caller closes it where nothing is started. */
  readonly terminal?: Terminal;
  /** Cancels it, until its program runs. */
  readonly signal?: AbortSignal;
  /** The log of this run, in the CRI format. */
  readonly logFile: string;
  /** How much of it is kept. */
  readonly limits: LogLimits;
  /** Reports when it began and ended. */
  readonly clock: Clock;
  /** Takes output; nothing more is read until it resolves. */
  onOutput(output: ContainerOutput): Promise<void>;
  /** Prints one line for the user. */
  warn(line: string): void;
}

/** A container whose program runs, or has run. */
export interface RunningContainer {
  /** Its first process. */
  readonly process: ProcessIdentity;
  /** The process that waits for that one. */
  readonly waiter: ProcessIdentity;
  /** Clock time at which the launcher gave way to the program. */
  readonly startedAt: Millis;
  /** Resolves when it has ended, nothing of it is left, and all its output has been handed on. */
  readonly ended: Promise<ContainerEnd>;
  /** Sends a signal to its first process; SIGKILL ends all of it. No error if it has ended. */
  signal(signal: string): void;
}

/** How a container ended. */
export interface ContainerEnd extends LaunchEnd {
  /** The end of its log (R-MSG-2). */
  readonly logTail: string;
}

const wallClock = systemClock();
const SIGKILL = 9;

/**
 * Starts a program where its launch was prepared; resolves when it runs.
 * @throws {RuntimeError} `StartError` if the program cannot be executed, `CreateContainerError` if
 * it was not reached.
 * @throws the signal's reason when it is aborted before.
 */
export async function startContainerProcess(
  prepared: WaitingLaunch,
  options: StartOptions,
): Promise<RunningContainer> {
  // What is needed until its end is named: all other options are released once it has started.
  const { config, plan, cgroup, terminal, clock, onOutput, logFile, limits, warn } = options;
  const { nonce, mark } = plan;
  const { signal = NEVER } = options;
  const { exited, forks } = prepared;
  const streams: Streams = { stdout: terminal ?? prepared.stdout!, stderr: prepared.stderr };
  const cancelled = endWhenAborted(signal, prepared);
  const launch = await reachFirstProcess(prepared, { ...options, signal }, streams, cancelled);
  const startedAt = clock.now();
  const isExecuted = await waitUntilExecuted(launch.pid, nonce);
  if (isExecuted) cancelled.stop();
  const processes = holdProcesses(launch.pid, { cgroup, mark, forks, parent: launch.parent });
  const ended = exited.then(() => {
    processes.end();
    terminal?.endOutput();
  });
  const first: Record<keyof Streams, Uint8Array> = {
    stdout: new Uint8Array(0),
    stderr: launch.rest,
  };
  if (!isExecuted) {
    await ended;
    cancelled.stop();
    if (cancelled.done) {
      drop(streams);
      throw signal.reason;
    }
    // Where the last of the launcher's programs reports.
    const stream = terminal === undefined ? "stderr" : "stdout";
    first[stream] = await readAll(streams[stream], first[stream]);
    const output = new TextDecoder().decode(first[stream]);
    if (isRefusal(output, nonce)) {
      drop(streams);
      throw launchError(output.replaceAll("\r", ""), launchedOf(options));
    }
  }
  const target = { podUid: config.podUid, name: config.name, mark, onOutput };
  const output = { target, streams, first, logFile, limits, warn, nonce, ended };
  return {
    process: processes.process,
    waiter: processes.waiter,
    startedAt,
    ended: (async () => {
      const { isKilled, logTail } = await handOutputOn(output);
      terminal?.close();
      const end = await exited;
      const killed = isKilled ? { exitCode: 128 + SIGKILL, signal: "SIGKILL" } : {};
      // A short run can be reaped before its start has been seen.
      const finishedAt = Math.max(end.finishedAt, startedAt);
      return { ...end, ...killed, finishedAt, logTail };
    })(),
    signal(signal) {
      processes.signal(signal);
      if (signal === "SIGKILL") void prepared.resume();
    },
  };
}

/**
 * Starts the third part, and reads what the launcher reports until only `env` is before the
 * program.
 * @throws as {@link startContainerProcess}; the streams are dropped then.
 */
async function reachFirstProcess(
  prepared: WaitingLaunch,
  options: StartOptions & { readonly signal: AbortSignal },
  streams: Streams,
  cancelled: ReturnType<typeof endWhenAborted>,
): Promise<Launch & { readonly pid: number }> {
  const { config: { argv, env }, plan, cgroup, terminal, signal } = options;
  try {
    signal.throwIfAborted();
    const values = env.map(([, value]) => value);
    prepared.go(plan, { argv, values, streams: streamsOf(prepared, terminal) });
  } catch (error) {
    cancelled.stop();
    await prepared.end();
    drop(streams);
    throw error;
  }
  const launch = await Promise.race([readMarker(streams.stderr, plan.nonce), cancelled.promise]);
  if (launch === "ended") {
    drop(streams);
    throw signal.reason;
  }
  const { pid } = launch;
  if (pid !== undefined) return { ...launch, pid };
  await prepared.exited;
  cancelled.stop();
  void streams.stdout.cancel();
  throw cgroup.oomKills() > 0 ? outOfMemory() : launchError(launch.output, launchedOf(options));
}

function launchedOf({ config, plan: { nonce, workingDir } }: StartOptions): Launched {
  return { nonce, program: config.argv[0] ?? "", directory: workingDir };
}

/** The standard output and error of a launch. */
interface Streams {
  readonly stdout: Source;
  readonly stderr: Source;
}

function drop({ stdout, stderr }: Streams): void {
  void stdout.cancel();
  void stderr.cancel();
}

function outOfMemory(): RuntimeError {
  const what = "container init was OOM-killed (memory limit too low?)";
  return new RuntimeError("StartError", what);
}

/**
 * Waits until a process is no longer one of the launcher's: between the marker and the program is
 * only `env`, whose arguments hold the nonce.
 * @returns false if it has ended before that was seen.
 */
async function waitUntilExecuted(pid: number, nonce: string): Promise<boolean> {
  let commandLine = await readCommandLine(pid);
  // It is there at once, or it hangs; each look takes time from it.
  for (let waitMs = 1; commandLine === "" || commandLine?.includes(nonce); waitMs *= 1.5) {
    await wallClock.sleepUntil(wallClock.now() + Math.min(waitMs, LONGEST_WAIT_MS));
    commandLine = await readCommandLine(pid);
  }
  return commandLine !== undefined;
}

/** The processes of a container that runs. */
interface ContainerProcesses {
  readonly process: ProcessIdentity;
  readonly waiter: ProcessIdentity;
  /** As {@link RunningContainer.signal}. */
  signal(signal: string): void;
  /** Kills what is left once the first process has ended. */
  end(): void;
}

function holdProcesses(
  pid: number,
  { cgroup, mark, forks, parent }: {
    readonly cgroup: Cgroup;
    readonly mark: number | undefined;
    /** How many processes there had been on the machine before its launch. */
    readonly forks: number;
    readonly parent: number;
  },
): ContainerProcesses {
  const identify = (pid: number) => identifyProcess(pid) ?? { pid, startTime: "" };
  const process = identify(pid);
  const waiter = identify(parent);
  let over = false;
  const killLeftovers = () => {
    if (over) return;
    cgroup.kill();
    // To look for them takes as long as the machine has processes.
    if (mark !== undefined) killMarked(mark, { pid, forks });
  };
  return {
    process,
    waiter,
    signal(signal) {
      // The program before its children: one that loses those, or can have none, ends by itself
      // with a code of its own.
      signalProcess(process, signal);
      if (signal !== "SIGKILL") return;
      killLeftovers();
      // A stopped one would not see the end of the container.
      signalProcess(waiter, "SIGCONT");
    },
    end() {
      killLeftovers();
      over = true;
      // Still there if what ended is a program of the launcher that another process has killed.
      signalProcess(process, "SIGKILL");
    },
  };
}

/** The destination of a container's output. */
interface OutputPlan extends Pick<StartOptions, "logFile" | "limits" | "warn"> {
  readonly target: PumpTarget;
  readonly streams: Streams;
  /** What has been read from them already. */
  readonly first: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
  readonly nonce: string;
  readonly ended: Promise<void>;
}

/** Hands on all output until both streams have ended. */
async function handOutputOn(
  { target, streams, first, logFile, limits, warn, nonce, ended }: OutputPlan,
): Promise<{ readonly isKilled: boolean; readonly logTail: string }> {
  // Opened in a later turn of the event loop: the start is reported before any output.
  const log = await LogFile.open(logFile, { limits, warn });
  const tail = new LogTail();
  const words = new UnshareWords(`${nonce}.unshare: `);
  const stderr = words.filter(after(first.stderr, streams.stderr));
  await Promise.all([
    pump(target, { log, tail }, "stdout", after(first.stdout, streams.stdout), ended),
    pump(target, { log, tail }, "stderr", stderr, ended),
  ]);
  log.close();
  return { isKilled: words.found, logTail: tail.text };
}

/** The longest pause between two looks at a program. */
const LONGEST_WAIT_MS = 20;
const NEVER = new AbortController().signal;

/** Ends a launch that is cancelled. */
function endWhenAborted(
  signal: AbortSignal,
  prepared: WaitingLaunch,
): { readonly promise: Promise<"ended">; readonly done: boolean; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<"ended">();
  let done = false;
  const onAbort = async () => {
    done = true;
    await prepared.end();
    resolve("ended");
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    promise,
    get done() {
      return done;
    },
    stop: () => signal.removeEventListener("abort", onAbort),
  };
}

/** What the program has as its standard streams. */
function streamsOf(prepared: WaitingLaunch, terminal: Terminal | undefined): ProgramStreams {
  if (terminal !== undefined) return { terminal: terminal.path };
  return prepared.options.input === undefined ? "empty" : "input";
}
