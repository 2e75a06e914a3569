/**
 * A program of its own: opens connections in the network namespace that it is started in, for a
 * node that is in another. Unix sockets lead from one to the other.
 *
 * Its last argument is the path of the socket to listen on. A client writes `HOST PORT` in one line
 * and gets an empty line, or one with the reason why not; from then on the connection is the one
 * that was asked for.
 */
import { closeConnection, isBroken, readLine, relay, writeLine } from "./relay.ts";

/**
 * Listens until the end of standard input.
 * @param path the socket's, shorter than 108 bytes.
 */
export async function dial(path: string): Promise<void> {
  listen(Deno.listen({ transport: "unix", path }));
  await Deno.stdout.write(new TextEncoder().encode("\n"));
  // The end of input means that the node is gone.
  for await (const _ of Deno.stdin.readable);
  Deno.exit();
}

async function listen(listener: Deno.Listener): Promise<void> {
  for await (const asker of listener) answer(asker);
}

async function answer(asker: Deno.Conn): Promise<void> {
  try {
    const [hostname = "", port] = (await readLine(asker) ?? "").split(" ");
    const target = await Deno.connect({ hostname, port: Number(port) }).catch((error: Error) =>
      error
    );
    if (target instanceof Error) {
      await writeLine(asker, `${target.name} ${target.message.replaceAll("\n", " ")}`);
    } else {
      await writeLine(asker, "");
      await relay(asker, target);
    }
  } catch (error) {
    if (!isBroken(error)) throw error;
  } finally {
    closeConnection(asker);
  }
}

// In a bundle, `main.ts` is the main module, and calls `dial`.
if (import.meta.main && import.meta.url.endsWith("/dialer.ts")) await dial(Deno.args.at(-1) ?? "");
