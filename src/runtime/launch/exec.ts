/** Runs one more program in a container: exec probes, hooks, and what users ask for. */
import { joinSignals, orAborted } from "../../base/abort.ts";
import { concatBytes } from "../../base/bytes.ts";
import { CONTAINER_EXITED } from "../handler_text.ts";
import type { Tools } from "../machine/machine.ts";
import {
  killLaunch,
  killMarked,
  type ProcessIdentity,
  type ProcessMoment,
  readForks,
} from "../machine/process.ts";
import { RuntimeError } from "../runtime.ts";
import { PipeReader, type Source } from "../streams/pipe_reader.ts";
import type { Terminal } from "../streams/terminal.ts";
import { formatCarriers, formatEntry, type LaunchPlan } from "./launch.ts";
import { isRefusal, launchError, mayBeRefusal, readMarker } from "./launcher_words.ts";

/** What a program in a container needs. */
export interface ExecOptions {
  /** Program and arguments; at least one. */
  readonly argv: readonly string[];
  /** Values of the plan's variables. */
  readonly values: readonly string[];
  /** As the container was launched, but for the nonce and the mark. */
  readonly plan: LaunchPlan & { readonly mark: number };
  /** The process that waits for the container. */
  readonly waiter: ProcessIdentity;
  /** Words that lead into the container's namespaces; none where it has none. */
  readonly chain: readonly string[];
  readonly tools: Tools;
}

/** What its standard streams are joined with. */
export interface ExecStreams {
  /** What it reads; cancelled when it has ended. @default nothing: it is at its end */
  readonly stdin?: ReadableStream<Uint8Array> | undefined;
  /** All of its streams; the caller closes it. */
  readonly terminal?: Terminal | undefined;
  /**
   * Takes what it writes, on a terminal as `stdout`; nothing more is read until it resolves. The
   * bytes are only valid until then.
   */
  onOutput(stream: "stdout" | "stderr", chunk: Uint8Array): Promise<void>;
}

/** How it went. */
export type ExecOutcome =
  /** 128 + n for signal n. */
  | { readonly type: "exited"; readonly exitCode: number }
  /** It could not be executed: `StartError` and the like, or `NotRunning`. */
  | { readonly type: "refused"; readonly error: RuntimeError };

/** No message of the launcher is longer. */
const MAX_WORDS_BYTES = 4096;

/**
 * Runs the program to its end, and until its output is not held open any more.
 *
 * @throws the signal's reason when it is aborted, or the error of a stream that fails; then nothing
 * is left of what the program started.
 */
export async function execInContainer(
  options: ExecOptions,
  streams: ExecStreams,
  signal: AbortSignal,
): Promise<ExecOutcome> {
  signal.throwIfAborted();
  const { argv, plan, chain } = options;
  const { terminal } = streams;
  const begun = readForks();
  let child: Deno.ChildProcess;
  try {
    child = spawn(options, streams);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refused(new RuntimeError("StartError", `exec: "${argv[0]}": ${error.message}`));
  }
  const ended = new AbortController();
  const exited = readExitCode(child).finally(() => {
    ended.abort(new Error("the program has ended"));
    terminal?.endOutput();
  });
  const stdout = terminal ?? new PipeReader(child.stdout);
  const stderr = new PipeReader(child.stderr);
  const failed = new AbortController();
  using over = joinSignals([signal, failed.signal]);
  over.signal.addEventListener("abort", () => {
    // It may not have come as far as its mark.
    if (!ended.signal.aborted) killLaunch(child.pid, chain.length > 0);
    killMarked(plan.mark, { pid: child.pid, forks: begun } satisfies ProcessMoment, "exec");
    // What has got away may hold them open.
    void stdout.cancel();
    void stderr.cancel();
  }, { once: true });
  const refusal = await joinStreams({
    options,
    streams,
    child,
    stdout,
    stderr,
    ended,
    over,
    failed,
  });
  const exitCode = await exited;
  over.signal.throwIfAborted();
  return refusal === undefined ? { type: "exited", exitCode } : refused(refusal);
}

/** A program on its way, and what its streams end with. */
interface Running {
  readonly options: ExecOptions;
  readonly streams: ExecStreams;
  readonly child: Deno.ChildProcess;
  readonly stdout: Source;
  readonly stderr: Source;
  /** The program has ended. */
  readonly ended: AbortController;
  /** It is cancelled. */
  readonly over: { readonly signal: AbortSignal };
  /** Cancels it. */
  readonly failed: AbortController;
}

/** Forwards all streams to their ends; resolves with why the program could not be executed. */
async function joinStreams(running: Running): Promise<RuntimeError | undefined> {
  const { options: { argv, plan }, streams, child, stdout, stderr, ended, over, failed } = running;
  const { stdin, terminal, onOutput } = streams;
  const { nonce, workingDir: directory } = plan;
  const toError = (words: string) =>
    launchError(words, { nonce, program: argv[0] ?? "", directory });
  const launch = await readMarker(stderr, nonce);
  if (launch.pid === undefined) {
    await Promise.all([stdout.cancel(), stdin?.cancel()]);
    // Nothing can be begun any more in a namespace that is ending.
    return launch.output === ""
      ? new RuntimeError("NotRunning", CONTAINER_EXITED)
      : toError(launch.output);
  }
  let refusal: RuntimeError | undefined;
  const handOn = (stream: "stdout" | "stderr", chunk: Uint8Array) =>
    orAborted(onOutput(stream, chunk), over.signal);
  const forward = async (stream: "stdout" | "stderr", source: Source, first: Uint8Array) => {
    if (first.length > 0) await handOn(stream, first);
    for await (const chunk of chunksOf(source)) await handOn(stream, chunk);
  };
  /** The last of the launcher's programs reports there. */
  const forwardAfterWords = async (stream: "stdout" | "stderr", source: Source) => {
    const first = await readBeginning(source, launch.rest, nonce);
    const words = new TextDecoder().decode(first).replaceAll("\r", "");
    if (!isRefusal(words, nonce)) return await forward(stream, source, first);
    refusal = toError(words);
    await source.cancel();
  };
  const work = terminal === undefined
    ? [forward("stdout", stdout, new Uint8Array(0)), forwardAfterWords("stderr", stderr)]
    : [forwardAfterWords("stdout", stdout), stderr.cancel()];
  if (stdin !== undefined) {
    // Only programs that read load this.
    const { feedInput } = await import("./exec_input.ts");
    work.push(feedInput(stdin, terminal ?? child.stdin, ended.signal));
  }
  await Promise.all(work.map((it) => it.catch((error) => failed.abort(error))));
  return refusal;
}

function refused(error: RuntimeError): ExecOutcome {
  return { type: "refused", error };
}

function spawn(
  { argv, values, plan, waiter, chain, tools }: ExecOptions,
  { stdin, terminal }: ExecStreams,
): Deno.ChildProcess {
  const input = stdin === undefined ? "empty" : "inherited";
  const script = formatEntry(plan, waiter, terminal ? { terminal: terminal.path } : input);
  return new Deno.Command(tools.setsid, {
    args: [...chain, tools.sh, "-c", script, plan.nonce, ...argv],
    cwd: "/",
    clearEnv: true,
    env: formatCarriers(plan, values),
    stdin: terminal === undefined && stdin !== undefined ? "piped" : "null",
    stdout: terminal === undefined ? "piped" : "null",
    stderr: "piped",
  }).spawn();
}

async function readExitCode(child: Deno.ChildProcess): Promise<number> {
  try {
    return (await child.status).code;
  } catch (error) {
    // Deno has no names for real-time signals and refuses the status of a process that died of one.
    const number = error instanceof Error && /Invalid signal: (\d+)/.exec(error.message)?.[1];
    if (!number) throw error;
    return 128 + Number(number);
  }
}

/** Reads as much of a source as shows whether it is a refusal, and all of one. */
async function readBeginning(
  source: Source,
  first: Uint8Array,
  nonce: string,
): Promise<Uint8Array> {
  for (let bytes = first;;) {
    // One character a byte: it may end within a character.
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    if (bytes.length >= MAX_WORDS_BYTES || !mayBeRefusal(text, nonce)) return bytes;
    const { value, done } = await source.read();
    if (done) return bytes;
    bytes = concatBytes([bytes, value]);
  }
}

async function* chunksOf(source: Source): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { value, done } = await source.read();
    if (done) return;
    if (value.length > 0) yield value;
  }
}
