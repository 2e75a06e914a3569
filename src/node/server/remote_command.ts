/**
 * `exec` and `attach`, over a WebSocket or in SPDY.
 *
 * Rule: Kubernetes, pkg/kubelet/server/server.go, getExec and getAttach; how it ended is what
 * client-go, tools/remotecommand/errorstream.go reads.
 */
import { messageOf, stackOf } from "../../base/error_text.ts";
import type { Logger } from "../../base/log.ts";
import { RuntimeError } from "../../runtime/runtime.ts";
import {
  chooseProtocol,
  type CommandChannels,
  type CommandStatus,
  openChannels,
} from "../../streams/remote_command.ts";
import { flowOf } from "../../streams/flow.ts";
import { type CommandStreamType, openCommandStreams } from "../../streams/spdy/command_streams.ts";
import { SpdyRequest } from "../../streams/spdy/upgrade.ts";
import {
  type ContainerSource,
  type ContainerTarget,
  findRunning,
  NodeError,
} from "./container_source.ts";

/** Of the streams of SPDY. */
const STREAMS = "v4.channel.k8s.io";

/** What a command is refused with that was not run. */
const REFUSED = "InternalError";

/** A program to run in a container, or a container to join. */
export interface RemoteCommand {
  readonly endpoint: "exec" | "attach";
  readonly target: ContainerTarget;
  readonly query: URLSearchParams;
  readonly request: Request;
}

/** What a node serves commands with. */
export type CommandOptions = ContainerSource & {
  readonly closing: AbortSignal;
  readonly log: Logger;
};

/**
 * Answers with an open connection; what goes wrong later is reported on it.
 *
 * @throws {NodeError} where it is not a request for one.
 */
export function answerRemoteCommand(options: CommandOptions, command: RemoteCommand): Response {
  const { request, query } = command;
  const isOne = request instanceof SpdyRequest || isWebSocket(request);
  if (!isOne) throw new NodeError(400, "Upgrade request required: to a WebSocket or to SPDY/3.1");
  const words = query.getAll("command");
  if (command.endpoint === "exec" && words.length === 0) {
    throw new NodeError(400, "you must specify at least one command for the container");
  }
  const wrong = words.find((it) => it.includes("\0"));
  if (wrong !== undefined) {
    throw new NodeError(400, `${JSON.stringify(wrong)} has a NUL, which no argument may have`);
  }
  if (request instanceof SpdyRequest) {
    void serve(options, command, openStreams(options, query, request));
    return new Response();
  }
  const protocol = chooseProtocol(request.headers.get("sec-websocket-protocol"));
  if (protocol === undefined) {
    throw new NodeError(400, "none of the offered protocols is v5.channel.k8s.io or v4");
  }
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  // Deno's own choice of a protocol expects another form of the list.
  response.headers.set("sec-websocket-protocol", protocol);
  void serve(options, command, openChannels(socket, flowOf(request)));
  return response;
}

function isWebSocket({ headers }: Request): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** @throws {NodeError} where the client speaks no protocol that is known here. */
function openStreams(
  { log }: CommandOptions,
  query: URLSearchParams,
  request: SpdyRequest,
): CommandChannels {
  if (request.choose([STREAMS]) === undefined) {
    throw new NodeError(400, `unable to upgrade: none of the offered protocols is ${STREAMS}`);
  }
  const tty = asks(query, "tty");
  const expected: readonly CommandStreamType[] = [
    "error",
    ...(["stdin", "stdout", "stderr"] as const).filter((it) =>
      asks(query, it) && !(tty && it === "stderr")
    ),
    ...(tty ? ["resize"] as const : []),
  ];
  return openCommandStreams(request.upgrade(STREAMS), {
    expected,
    onFault: (error) => log.info("A client does not speak SPDY", { error: messageOf(error) }),
  });
}

async function serve(
  options: CommandOptions,
  command: RemoteCommand,
  channels: CommandChannels,
): Promise<void> {
  await channels.opened;
  const status = await perform(options, command, channels);
  channels.finish(status, status["reason"] === REFUSED);
}

/** Runs it to its end. @returns how it ended. */
async function perform(
  options: CommandOptions,
  command: RemoteCommand,
  channels: CommandChannels,
): Promise<CommandStatus> {
  const signal = AbortSignal.any([channels.gone, options.closing]);
  try {
    return await run(options, command, channels, signal);
  } catch (error) {
    if (error instanceof NodeError || error instanceof RuntimeError) {
      return failure(messageOf(error));
    }
    if (signal.aborted) return failure("the connection was closed");
    options.log.error("Cannot serve command", { error: stackOf(error) });
    return failure(`Internal error occurred: ${messageOf(error)}`);
  }
}

async function run(
  options: CommandOptions,
  { endpoint, target, query }: RemoteCommand,
  { stdin, stdout, stderr, resize }: CommandChannels,
  signal: AbortSignal,
): Promise<CommandStatus> {
  const { runtime } = options;
  signal.throwIfAborted();
  const containerId = await findRunning(options, target);
  const tty = asks(query, "tty");
  const streams = {
    ...(asks(query, "stdin") && { stdin }),
    ...(asks(query, "stdout") && { stdout }),
    ...(asks(query, "stderr") && !tty && { stderr }),
    ...(tty && { resize }),
  };
  if (endpoint === "attach") {
    const { ended } = await runtime.attach(containerId, streams, signal);
    await ended;
    return SUCCESS;
  }
  const command = query.getAll("command");
  const { exitCode } = await runtime.exec(containerId, { ...streams, command, tty }, signal);
  return exitCode === 0 ? SUCCESS : exited(exitCode);
}

function asks(query: URLSearchParams, name: string): boolean {
  return ["1", "true"].includes(query.get(name) ?? "");
}

const SUCCESS: CommandStatus = { metadata: {}, status: "Success" };

function failure(message: string): CommandStatus {
  return { metadata: {}, status: "Failure", reason: REFUSED, message, code: 500 };
}

function exited(exitCode: number): CommandStatus {
  return {
    metadata: {},
    status: "Failure",
    reason: "NonZeroExitCode",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
