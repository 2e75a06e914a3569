/** What a program in a container reads: from a stream to its pipe, or to its terminal. */
import { orAborted } from "../../base/abort.ts";
import { typeEnd } from "../streams/container_input.ts";
import type { Terminal } from "../streams/terminal.ts";

/**
 * Forwards a stream and its end; resolves when all of it was taken, or the program has ended or has
 * closed its input. The stream is cancelled then.
 * @param ended aborted when the program has ended.
 * @throws the stream's error.
 */
export async function feedInput(
  stdin: ReadableStream<Uint8Array>,
  target: WritableStream<Uint8Array> | Terminal,
  ended: AbortSignal,
): Promise<void> {
  const input = target instanceof WritableStream ? toPipe(target) : toTerminal(target, ended);
  const reader = stdin.getReader();
  try {
    for (;;) {
      const { value, done } = await orAborted(reader.read(), ended);
      if (done) break;
      if (!await orAborted(input.write(value), ended)) return;
    }
    await orAborted(input.end(), ended);
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    await reader.cancel().catch(() => {}); // Its error was thrown, or comes too late to matter.
    reader.releaseLock();
    await input.close();
  }
}

/** Where input goes. */
interface Input {
  /** @returns false if nothing is read there any more. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Passes the end on. */
  end(): Promise<void>;
  /** Releases it; after an end without effect. */
  close(): Promise<void>;
}

function toPipe(stream: WritableStream<Uint8Array>): Input {
  const writer = stream.getWriter();
  const unlessBroken = async (work: Promise<void>) => {
    try {
      await work;
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      throw error;
    }
  };
  return {
    write: (bytes) => unlessBroken(writer.write(bytes)),
    end: async () => void await unlessBroken(writer.close()),
    close: () => writer.abort(),
  };
}

function toTerminal(terminal: Terminal, ended: AbortSignal): Input {
  return {
    write: async (bytes) => await terminal.write(bytes) === bytes.length,
    end: () => typeEnd(terminal, ended),
    close: () => Promise.resolve(),
  };
}
