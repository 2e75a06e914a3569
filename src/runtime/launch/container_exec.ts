/** Runs programs in a container that runs: for its probes and hooks, and for users. */
import { joinSignals, orAborted } from "../../base/abort.ts";
import type { ContainerConfig } from "../config.ts";
import { CONTAINER_EXITED, MAX_OUTPUT_BYTES } from "../handler_text.ts";
import type { ElfMachine } from "../machine/executable.ts";
import type { Machine } from "../machine/machine.ts";
import { isEnding, readInnerPid } from "../machine/process.ts";
import type { ExecResult } from "../probe/handlers.ts";
import type { ExecEnd, ExecRequest, WindowSize } from "../joined_streams.ts";
import { asRefusal, RuntimeError } from "../runtime.ts";
import type { Terminal } from "../streams/terminal.ts";
import type { RunningContainer } from "./container.ts";
import { type CredentialScope, formatCredentials } from "./credentials.ts";
import { execInContainer, type ExecOutcome, type ExecStreams } from "./exec.ts";
import { type LaunchPlan, makeNonce } from "./launch.ts";
import { type ChainTarget, execChain } from "./namespace_chain.ts";

/** The container in which a program is run. */
export interface ExecSite {
  readonly config: ContainerConfig;
  /** How it was launched, without what is mounted. */
  readonly plan: LaunchPlan;
  /** Its processes. */
  readonly running: RunningContainer;
  /** Its sandbox; undefined where there are no namespaces. */
  readonly target: ChainTarget | undefined;
  /** What its power depends on. */
  readonly scope: CredentialScope;
  readonly machine: Machine;
  /** A mark that no other program has. */
  readonly mark: number;
  /** As {@link LaunchPlan.check}, for a program. */
  check(argv: readonly string[]): ElfMachine | undefined;
  /** Makes the link to `env` under the nonce, where there has to be one. @returns its path. */
  linkNonce(nonce: string): string | undefined;
}

/**
 * Runs the program of a probe or hook, and keeps the beginning of its output.
 * @throws the signal's reason when it is aborted; then nothing is left of what the program started.
 */
export async function execForHandler(
  site: ExecSite,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<ExecResult> {
  const kept = { stdout: new Uint8Array(0), stderr: new Uint8Array(0) };
  const outcome = await exec(site, argv, {
    onOutput(stream, chunk) {
      const room = chunk.subarray(0, MAX_OUTPUT_BYTES - kept[stream].length);
      if (room.length > 0) kept[stream] = new Uint8Array([...kept[stream], ...room]);
      return Promise.resolve();
    },
  }, signal);
  if (outcome.type === "refused") return { type: "refused", message: outcome.error.message };
  // Cut off by the container's end, which is reported after it (R-PROBE-10).
  const isCutOff = outcome.exitCode === KILLED && isEnding(site.running.process);
  return isCutOff ? { type: "refused", message: CONTAINER_EXITED } : { ...outcome, ...kept };
}

/** Of a program that SIGKILL has ended. */
const KILLED = 128 + 9;
const KILLED_WITH_CONTAINER: ExecOutcome = { type: "exited", exitCode: KILLED };

/**
 * Runs a program for a user, as {@link Runtime.exec} does.
 * @param ended aborted when the container has ended: all in it has been killed.
 */
export async function execForUser(
  site: ExecSite,
  request: ExecRequest,
  { signal, ended }: { readonly signal: AbortSignal; readonly ended: AbortSignal },
): Promise<ExecEnd> {
  const { command, stdin, stdout, stderr, tty = false, resize } = request;
  if (command.length === 0) throw startError("args must not be empty");
  signal.throwIfAborted();
  using undo = new DisposableStack();
  const terminal = tty ? await openTerminal(site) : undefined;
  undo.defer(() => terminal?.close());
  const sizes = resize?.getReader();
  using over = joinSignals([signal, ended]);
  const failed = new AbortController();
  using cancelled = joinSignals([over.signal, failed.signal]);
  const resized = resizeAll(terminal, sizes).catch((error) => failed.abort(error));
  const writers = { stdout: stdout?.getWriter(), stderr: stderr?.getWriter() };
  const outputs = Object.values(writers).filter((it) => it !== undefined);
  try {
    const outcome = await exec(
      tty ? withTerminalName(site) : site,
      command,
      {
        stdin,
        terminal,
        // The bytes are used again, and the user may keep them.
        onOutput: async (stream, chunk) => await writers[stream]?.write(chunk.slice()),
      },
      cancelled.signal,
    ).catch((error) => {
      if (ended.aborted && error === ended.reason) return KILLED_WITH_CONTAINER;
      throw error;
    });
    if (outcome.type === "refused") {
      if (outcome.error.reason === "NotRunning") throw outcome.error;
      throw startError(outcome.error.message, { cause: outcome.error });
    }
    await orAborted(Promise.all(outputs.map((it) => it.close())), signal);
    return { exitCode: outcome.exitCode };
  } catch (error) {
    // Of one that has failed itself the error is known.
    for (const it of outputs) void it.abort(error).catch(() => {});
    throw error;
  } finally {
    // Their errors were thrown, or come too late to matter.
    await Promise.all([sizes?.cancel(), stdin?.cancel()].map((it) => it?.catch(() => {})));
    await resized;
  }
}

/** In the words of containerd and runc. */
function startError(why: string, options?: ErrorOptions): RuntimeError {
  const words = "failed to exec in container: OCI runtime exec failed: exec failed: " +
    `unable to start container process: ${why}`;
  return new RuntimeError("StartError", words, options);
}

/** @throws {RuntimeError} `StartError` where the machine has none to give. */
async function openTerminal({ machine, config }: ExecSite): Promise<Terminal> {
  const { Terminal } = await import("../streams/terminal.ts");
  return asRefusal("StartError", () => {
    const terminal = Terminal.open();
    try {
      // The container's user may open it by its name, too.
      if (machine.privileged) Deno.chownSync(terminal.path, config.security.user.uid, null);
      return terminal;
    } catch (error) {
      terminal.close();
      throw error;
    }
  });
}

async function resizeAll(
  terminal: Terminal | undefined,
  sizes: ReadableStreamDefaultReader<WindowSize> | undefined,
): Promise<void> {
  if (sizes === undefined) return;
  for (;;) {
    const { value, done } = await sizes.read();
    if (done) return;
    terminal?.resize(value);
  }
}

/** Its programs know what kind of terminal they have, as containerd has it. */
function withTerminalName(site: ExecSite): ExecSite {
  const { config, plan } = site;
  const env = [...config.env.filter(([name]) => name !== "TERM"), ["TERM", "xterm"] as const];
  const variables = env.map(([name]) => name);
  return { ...site, config: { ...config, env }, plan: { ...plan, variables } };
}

/** @throws as {@link execInContainer}. */
async function exec(
  site: ExecSite,
  argv: readonly string[],
  streams: ExecStreams,
  signal: AbortSignal,
): Promise<ExecOutcome> {
  const { config, target, scope, mark, machine: { tools }, running: { process, waiter } } = site;
  const nonce = makeNonce(crypto.randomUUID());
  const { mark: softMark, view, ...launched } = site.plan;
  const innerPid = readInnerPid(process);
  if (innerPid === undefined) {
    return { type: "refused", error: new RuntimeError("NotRunning", CONTAINER_EXITED) };
  }
  const credentials = formatCredentials(config.security, scope, innerPid);
  const plan = {
    ...launched,
    nonce,
    view: view && { ...view, credentials },
    check: site.check(argv),
    watched: true,
    mark,
    ...softMark === undefined ? {} : { softMark },
  };
  const values = config.env.map(([, value]) => value);
  const chain = target === undefined ? [] : execChain(target, tools, waiter.pid);
  const link = site.linkNonce(nonce);
  try {
    return await execInContainer({ argv, values, plan, waiter, chain, tools }, streams, signal);
  } finally {
    if (link !== undefined) Deno.removeSync(link);
  }
}
