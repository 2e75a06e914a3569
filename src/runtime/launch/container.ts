/**
 * One run of a container: from its launch to its last line of output.
 */
import { type Clock, type Millis, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/error_text.ts";
import type { Cgroup } from "../cgroup/cgroup.ts";
import { formatCarriers, formatLaunch, type LaunchPlan } from "./launch.ts";
import { LogFile, type LogLimits } from "../streams/log_file.ts";
import { CriFormatter, LogTail } from "../streams/logs.ts";
import { PipeReader, type Source } from "../streams/pipe_reader.ts";
import type { Tools } from "../machine/machine.ts";
import {
  identifyProcess,
  killLaunch,
  killMarked,
  type ProcessIdentity,
  readCommandLine,
  readForks,
  signalProcess,
} from "../machine/process.ts";
import { asRefusal, type ContainerConfig, type ContainerOutput, RuntimeError } from "../runtime.ts";
import type { Terminal } from "../streams/terminal.ts";

/** What a launch needs beside the plan. */
export interface LaunchOptions {
  /** What is to run. */
  readonly config: ContainerConfig;
  /** How it is reached. */
  readonly plan: LaunchPlan;
  /** Where all of its processes are. */
  readonly cgroup: Cgroup;
  /** Programs of the machine. */
  readonly tools: Tools;
  /** Programs and options that come before `sh`: into the namespaces. */
  readonly chain: readonly string[];
  /** Its terminal; whoever made it closes it where nothing is started. */
  readonly terminal?: Terminal;
  /** What is opened as its standard input. @default nothing but the end of a file */
  readonly input?: string;
  /** Cancels it, until its program runs. */
  readonly signal?: AbortSignal;
  /** The log of this run, in the CRI format. */
  readonly logFile: string;
  /** How much of it is kept. */
  readonly limits: LogLimits;
  /** Tells when it began and ended. */
  readonly clock: Clock;
  /** Takes output; nothing more is read until it resolves. */
  onOutput(output: ContainerOutput): Promise<void>;
  /** Says one line to the user. */
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
export interface ContainerEnd {
  /** 128 + n for signal n. */
  readonly exitCode: number;
  /** `SIGKILL` and so on, when a signal ended it. */
  readonly signal?: string;
  /** Clock time at which its first process was reaped. */
  readonly finishedAt: Millis;
  /** The end of its log (R-MSG-2). */
  readonly logTail: string;
}

/** How long output is waited for that a process outside the container may hold open. */
const DRAIN_MS = 1000;
const wallClock = systemClock();
const SIGKILL = 9;

/**
 * Launches a container; resolves when its program runs.
 * @throws {RuntimeError} `StartError` if the program cannot be executed, `CreateContainerError` if it was not reached.
 */
export async function startContainerProcess(options: LaunchOptions): Promise<RunningContainer> {
  // What is needed until its end is named: all the rest of the options is let go of once it has started.
  const { config, plan: { nonce, mark, workingDir: directory }, cgroup, terminal, clock } = options;
  const { onOutput, logFile, limits, warn, signal = NEVER } = options;
  const program = config.argv[0] ?? "";
  signal.throwIfAborted();
  const forks = mark === undefined ? 0 : readForks();
  const child = spawn(options);
  const exited = observeExit(child, clock);
  const stdout = terminal ?? new PipeReader(child.stdout);
  const stderr = new PipeReader(child.stderr);
  const waits = options.chain.length > 0;
  const cancelled = endWhenAborted(signal, exited, (isLast) => {
    cgroup.kill();
    killLaunch(child.pid, waits && !isLast);
  });
  const launch = await Promise.race([readMarker(stderr, nonce), cancelled.promise]);
  if (launch === "ended") {
    void stdout.cancel();
    void stderr.cancel();
    throw signal.reason;
  }
  if (launch.pid === undefined) {
    await exited;
    cancelled.stop();
    void stdout.cancel();
    if (cgroup.oomKills() > 0) {
      const what = "container init was OOM-killed (memory limit too low?)";
      throw new RuntimeError("StartError", what);
    }
    throw launchError(launch.said, { nonce, program, directory });
  }
  const { pid, parent } = launch;
  const startedAt = clock.now();
  // Between the marker and the program is only `env`, whose arguments hold the nonce.
  let commandLine = await readCommandLine(pid);
  for (let looks = 0; commandLine === "" || commandLine?.includes(nonce); looks++) {
    // It is there at once, or it hangs.
    if (looks >= QUICK_LOOKS) await wallClock.sleepUntil(wallClock.now() + LOOK_MS);
    commandLine = await readCommandLine(pid);
  }
  cancelled.stop();
  const identify = (pid: number) => identifyProcess(pid) ?? { pid, startTime: "" };
  const process = identify(pid);
  let over = false;
  const killLeftovers = () => {
    if (!over) cgroup.kill();
    // To look for them takes as long as the machine has processes.
    if (mark !== undefined && !over) killMarked(mark, { pid, forks });
  };
  const ended = exited.then(killLeftovers).then(() => {
    over = true;
    // Still there if what ended is a program of the launcher, which somebody has killed.
    signalProcess(process, "SIGKILL");
    terminal?.endOutput();
  });
  const output = { podUid: config.podUid, name: config.name, mark, onOutput };
  const first = { stdout: NOTHING, stderr: launch.rest };
  if (commandLine === undefined) {
    await ended;
    if (cancelled.done) {
      void stdout.cancel();
      void stderr.cancel();
      throw signal.reason;
    }
    // Where the last of the launcher's programs speaks.
    const [stream, source] = terminal === undefined
      ? ["stderr", stderr] as const
      : ["stdout", terminal] as const;
    first[stream] = await readAll(source, first[stream]);
    const said = new TextDecoder().decode(first[stream]);
    if (isRefusal(said, nonce)) {
      void stdout.cancel();
      void stderr.cancel();
      throw launchError(said.replaceAll("\r", ""), { nonce, program, directory });
    }
  }
  const waiter = identify(parent);
  return {
    process,
    waiter,
    startedAt,
    ended: (async () => {
      // Opened in a later turn of the event loop: whoever waits for the start hears of it before any output.
      const log = await LogFile.open(logFile, { limits, warn });
      const tail = new LogTail();
      const words = new UnshareWords(`${nonce}.unshare: `);
      await Promise.all([
        pump(output, { log, tail }, "stdout", after(first.stdout, stdout), ended),
        pump(output, { log, tail }, "stderr", words.filter(after(first.stderr, stderr)), ended),
      ]);
      terminal?.close();
      log.close();
      const end = await exited;
      const killed = words.heard ? { exitCode: 128 + SIGKILL, signal: "SIGKILL" } : {};
      // A short run can be reaped before its start has been seen.
      const finishedAt = Math.max(end.finishedAt, startedAt);
      return { ...end, ...killed, finishedAt, logTail: tail.text };
    })(),
    signal(signal) {
      // The program before its children: one that loses those, or can have none, ends by itself with a code of its own.
      signalProcess(process, signal);
      if (signal !== "SIGKILL") return;
      killLeftovers();
      // What waits for it would not see its end if it were stopped.
      signalProcess(waiter, "SIGCONT");
    },
  };
}

/** So often is a program looked for without a pause, and then with one of so many milliseconds. */
const QUICK_LOOKS = 100;
const LOOK_MS = 20;
/** How long a killed launch may take to end before what waits for it is killed too, and is no longer waited for. */
const KILL_MS = 2000;
const NEVER = new AbortController().signal;

/** Ends a launch that is cancelled. */
function endWhenAborted(
  signal: AbortSignal,
  exited: Promise<unknown>,
  kill: (isLast: boolean) => void,
): { readonly promise: Promise<"ended">; readonly done: boolean; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<"ended">();
  let done = false;
  const onAbort = async () => {
    done = true;
    let isOver = false;
    const over = exited.then(() => void (isOver = true));
    for (const isLast of [false, true]) {
      if (isOver) break;
      kill(isLast);
      await Promise.race([over, wallClock.sleepUntil(wallClock.now() + KILL_MS)]);
    }
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

function spawn(options: LaunchOptions): Deno.ChildProcess {
  const { config, plan, tools, chain, terminal, input } = options;
  const streams = terminal !== undefined
    ? { terminal: terminal.path }
    : input === undefined
    ? "empty"
    : "input";
  const { script, table } = formatLaunch(plan, streams);
  if (table !== "") {
    asRefusal(
      "CreateContainerError",
      () => Deno.writeTextFileSync(`${plan.linkDirectory}/fstab`, table),
    );
  }
  // Where the node's descriptors are still within reach.
  const opening = input === undefined ? [] : [tools.sh, "-c", 'exec "$@" <"$0"', input];
  const args = [...opening, ...chain, tools.sh, "-c", script, plan.nonce, ...config.argv];
  const env = formatCarriers(plan, config.env.map(([, value]) => value));
  try {
    // A session of its own: what the terminal sends to our group is not for the container. Deno's `detached` would
    // make one too, by a fork of ourselves: the larger we are, the longer it takes, and all else stands still.
    return new Deno.Command(tools.setsid, {
      args,
      cwd: "/",
      clearEnv: true,
      env,
      stdin: "null",
      stdout: terminal === undefined ? "piped" : "null",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    // An argument or a value that the kernel takes from nobody: too long, or with a NUL in it.
    if (error instanceof Error && /os error 7\b|nul byte/i.test(error.message)) {
      const why = /nul byte/i.test(error.message)
        ? "a NUL byte in an argument or a variable"
        : "argument list too long";
      throw new RuntimeError("StartError", `exec: "${config.argv[0]}": ${why}`, { cause: error });
    }
    throw new RuntimeError("CreateContainerError", `Cannot start a process: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** What a source gives, but first what has been read from it already. */
function after(first: Uint8Array, source: Source): Source {
  let next = first;
  return {
    read: async () => {
      if (next.length === 0) return await source.read();
      const value = next;
      next = NOTHING;
      return { value, done: false };
    },
    cancel: () => source.cancel(),
  };
}

/**
 * `unshare` ends as its child did, by the same signal, save for SIGKILL: that one it cannot send itself the way it
 * wants to, so it complains and exits with 1. It runs under a name with the nonce in it, which tells its complaint from the container's
 * output; nothing comes after it, since it waits for all of the container.
 */
export class UnshareWords {
  /** Whether it complained: the container died of SIGKILL. */
  heard = false;
  readonly #name: Uint8Array;

  /**
   * Has heard nothing yet.
   * @param name how the complaint begins.
   */
  constructor(name: string) {
    this.#name = new TextEncoder().encode(name);
  }

  /** What a source gives, without the complaint. */
  filter(source: Source): Source {
    // The end of what was read, where it may be the beginning of the name.
    let held = NOTHING;
    return {
      read: async () => {
        const result = await source.read();
        if (result.done && held.length === 0) return result;
        const chunk = result.done
          ? held
          : held.length === 0
          ? result.value
          : join(held, result.value);
        const at = this.heard ? 0 : this.#find(chunk);
        this.heard ||= chunk.length - at >= this.#name.length;
        held = this.heard || result.done ? NOTHING : chunk.subarray(at);
        return { value: result.done && !this.heard ? chunk : chunk.subarray(0, at), done: false };
      },
      cancel: () => source.cancel(),
    };
  }

  /** Where the name is, or where it may go on in what is read next; the end if nowhere. */
  #find(chunk: Uint8Array): number {
    const [mark = 0] = this.#name;
    for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + 1)) {
      const rest = chunk.subarray(at, at + this.#name.length);
      if (rest.every((byte, index) => byte === this.#name[index])) return at;
    }
    return chunk.length;
  }
}

interface Launch {
  /** The first process of the container, once only `env` stands between it and the program. */
  readonly pid: number | undefined;
  /** Who waits for that one. */
  readonly parent: number;
  /** What came after the marker. */
  readonly rest: Uint8Array;
  /** What the launcher said if it did not get that far. */
  readonly said: string;
}

/** Reads standard error up to the line `NONCE PID PARENT`; all before it is the launcher's. */
async function readMarker(stderr: Source, nonce: string): Promise<Launch> {
  const marker = new RegExp(`(?:^|\\n)${nonce} (\\d+) (\\d+)\\n`);
  let bytes = NOTHING;
  for (;;) {
    const { value, done } = await stderr.read();
    if (value !== undefined) bytes = join(bytes, value);
    // One character a byte, so that places in the text are places in the bytes.
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const match = marker.exec(text);
    if (match !== null) {
      return {
        pid: Number(match[1]),
        parent: Number(match[2]),
        rest: bytes.subarray(match.index + match[0].length),
        said: text.slice(0, match.index),
      };
    }
    if (done) {
      const said = new TextDecoder().decode(bytes);
      return { pid: undefined, parent: 0, rest: NOTHING, said };
    }
  }
}

/** Whether the launcher speaks: the script under the nonce, `env` under that or under the path of its link. */
export function isRefusal(line: string, nonce: string): boolean {
  return [`${nonce}: `, `./${nonce}: `, `/proc/self/cwd/${nonce}: `].some((name) =>
    line.startsWith(name)
  );
}

/** What a launcher was to start. */
export interface Launched {
  /** What its words begin with. */
  readonly nonce: string;
  /** As the container names it. */
  readonly program: string;
  /** The working directory, in the view. */
  readonly directory: string;
}

/**
 * Tells what cannot be started (R-EXIT-2) from what could not be made, by the launcher's words. The messages are those of runc
 * (libcontainer/init_linux.go, rootfs_linux.go) behind its `unable to start container process: `.
 */
export function launchError(said: string, { nonce, program, directory }: Launched): RuntimeError {
  const lines = said.trim().split("\n");
  const refusal = lines.find((line) => isRefusal(line, nonce));
  if (refusal !== undefined) {
    const why = refusal.slice(refusal.indexOf(": ") + 2);
    if (why.startsWith("exec")) return new RuntimeError("StartError", why);
    // What `env` says of a program is all of it but for the last words; runc begins those with a small letter.
    const words = why.slice(why.lastIndexOf(": ") + 2);
    const reason = words.slice(0, 1).toLowerCase() + words.slice(1);
    if (!/cannot change directory to /.test(why)) {
      return new RuntimeError("StartError", `exec ${program}: ${reason}`);
    }
    // A directory that is missing is created, so what fails first is that.
    const step = reason === "permission denied"
      ? `chdir to cwd ("${directory}") set in config.json failed`
      : `mkdir ${directory}`;
    return new RuntimeError("StartError", `error during container init: ${step}: ${reason}`);
  }
  const unmounted = lines.find((line) => line.startsWith(`${nonce}@ `));
  if (unmounted !== undefined) {
    const words = [unmounted.slice(nonce.length + 2), ...lines.filter((it) => it !== unmounted)];
    return new RuntimeError("StartError", `error during container init: ${words.join(": ")}`);
  }
  const misfit = lines.find((line) => line.startsWith(`${nonce}? `));
  if (misfit !== undefined) {
    return new RuntimeError("CreateContainerConfigError", misfit.slice(nonce.length + 2));
  }
  const what = lines.map((line) => line.replace(`${nonce}! `, "")).reverse().join(": ");
  return new RuntimeError("CreateContainerError", what || "the launcher was killed");
}

async function observeExit(
  child: Deno.ChildProcess,
  clock: Clock,
): Promise<Omit<ContainerEnd, "logTail">> {
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

/** Where output goes. */
interface PumpTarget extends Pick<LaunchOptions, "onOutput"> {
  readonly podUid: string;
  /** The container's. */
  readonly name: string;
  /** See {@link LaunchPlan.mark}. */
  readonly mark: number | undefined;
}

/**
 * Hands one stream on, to the log and to whoever watches. A slow watcher slows the container down, by the pipe,
 * until the container has ended; then what the pipe still holds is read at once.
 */
async function pump(
  { podUid, name, mark, onOutput }: PumpTarget,
  { log, tail }: { readonly log: LogFile; readonly tail: LogTail },
  stream: "stdout" | "stderr",
  reader: Source,
  ended: Promise<unknown>,
): Promise<void> {
  const formatter = new CriFormatter(stream);
  const wallTime = () => performance.timeOrigin + performance.now();
  const handOn = async (chunk: Uint8Array) => {
    log.write(formatter.format(chunk, wallTime()), wallTime());
    tail.push(chunk);
    await Promise.race([
      onOutput({ podUid, name, stream, chunk }),
      ended,
    ]);
  };
  const drained = new AbortController();
  // Only a process that has got away from its mark can still hold the pipe; it is not waited for.
  if (mark !== undefined) {
    ended.then(() => wallClock.sleepUntil(wallClock.now() + DRAIN_MS, drained.signal))
      .then(() => reader.cancel(), () => {}); // The only failure is our own abort.
  }
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (value.length > 0) await handOn(value);
  }
  await ended;
  drained.abort();
  log.write(formatter.finish(wallTime()), wallTime());
}

async function readAll(source: Source, first: Uint8Array): Promise<Uint8Array> {
  let bytes = first;
  for (;;) {
    const { value, done } = await source.read();
    if (done) return bytes;
    bytes = join(bytes, value);
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
