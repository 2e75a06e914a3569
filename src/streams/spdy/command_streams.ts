/**
 * The channels of a remote command as SPDY streams, each of which says in `streamtype` what it is.
 *
 * Rule: Kubernetes, kubelet, pkg/cri/streaming/remotecommand/httpstream.go; apimachinery,
 * pkg/util/remotecommand/constants.go.
 */
import { type CommandChannels, parseSize, type TerminalSize } from "../remote_command.ts";
import { openSpdy, type SpdyCarrier } from "./carrier.ts";
import type { SpdyStream } from "./connection.ts";

/** How long a client has to open its streams; as long as with Kubernetes. */
const STREAMS_WITHIN_MS = 30_000;
/** A terminal's size comes in a line of this length at most. */
const MAX_LINE_CHARACTERS = 4096;

/** What a client may ask for. */
export type CommandStreamType = "error" | "stdin" | "stdout" | "stderr" | "resize";

/** Which streams a client opens, and how long it has for that. */
export interface CommandStreamOptions {
  readonly expected: readonly CommandStreamType[];
  readonly onFault: (error: unknown) => void;
  /** @default 30 s */
  readonly withinMs?: number;
}

/** Opens the channels of a client, which opens its streams only now. */
export function openCommandStreams(
  carrier: SpdyCarrier,
  { expected, onFault, withinMs = STREAMS_WITHIN_MS }: CommandStreamOptions,
): CommandChannels {
  const gone = new AbortController();
  const { promise: opened, resolve: onOpened } = Promise.withResolvers<void>();
  const streams = new Map<string, SpdyStream>();
  const leave = (why: string) => {
    clearTimeout(timer);
    if (!gone.signal.aborted) gone.abort(new Error(why));
    onOpened();
  };
  const isComplete = () => expected.every((it) => streams.has(it));
  const timer = setTimeout(() => {
    leave("the client has not opened its streams in time");
    carrier.close(1002);
  }, withinMs);
  openSpdy(carrier, {
    onStream: (stream) => {
      const type = stream.headers.get("streamtype") ?? "";
      if (!expected.some((it) => it === type) || streams.has(type)) {
        onFault(new Error(`a stream of the type ${JSON.stringify(type)} is not expected`));
        return carrier.close(1002);
      }
      streams.set(type, stream);
      if (!isComplete()) return;
      clearTimeout(timer);
      onOpened();
    },
    onFault,
    onGone: () => leave("the client is gone"),
  });
  const input = (type: CommandStreamType) =>
    readLate(async () => {
      await opened;
      return streams.get(type)?.readable;
    });
  const output = (type: CommandStreamType) =>
    new WritableStream<Uint8Array>({ write: (chunk) => streams.get(type)!.write(chunk) });
  return {
    stdin: input("stdin"),
    stdout: output("stdout"),
    stderr: output("stderr"),
    resize: input("resize").pipeThrough(parseSizes()),
    gone: gone.signal,
    opened,
    finish: (status) => {
      const end = async () => {
        const error = streams.get("error");
        await error?.write(new TextEncoder().encode(JSON.stringify(status)));
        for (const stream of streams.values()) await stream.finish();
      };
      // The only failure is a client that is gone already.
      void end().catch(() => {}).finally(() => carrier.close(1000));
    },
  };
}

/** What a stream carries that is there later; one that is reset ends. */
function readLate(
  find: () => Promise<ReadableStream<Uint8Array> | undefined>,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      reader ??= (await find())?.getReader();
      // A client that resets a stream sends no more on it.
      const next = await reader?.read().catch(() => undefined);
      if (next === undefined || next.done) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async (why) => await reader?.cancel(why),
  }, { highWaterMark: 0 });
}

/** A JSON object a line, in pieces of any length. */
function parseSizes(): TransformStream<Uint8Array, TerminalSize> {
  const decoder = new TextDecoder();
  let rest = "";
  return new TransformStream<Uint8Array, TerminalSize>({
    transform: (chunk, controller) => {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!.slice(0, MAX_LINE_CHARACTERS);
      for (const size of lines.map(parseSize)) if (size !== undefined) controller.enqueue(size);
    },
  });
}
