/**
 * Asks and answers over the network: `serve HOST PORT WORD` counts what each client says, to its
 * end, and answers with the word and that count; `greet HOST PORT WORD` sends the word to each
 * client; `ask HOST PORT` prints the answer, or why there is none.
 */

/** Counts what one client says, and answers. */
export async function answer(client: Deno.Conn, word: string): Promise<void> {
  const chunk = new Uint8Array(1 << 16);
  let count = 0;
  for (let size; (size = await client.read(chunk)) !== null;) count += size;
  await client.write(new TextEncoder().encode(`${word} ${count}`));
  client.close();
}

async function greet(client: Deno.Conn, word: string): Promise<void> {
  await client.write(new TextEncoder().encode(word));
  client.close();
}

/**
 * Says a number of bytes, ends, and returns the answer; or the name of the error that came instead.
 */
export async function ask(connecting: Promise<Deno.Conn>, bytes = 0): Promise<string> {
  try {
    using connection = await connecting;
    const chunk = new Uint8Array(1 << 16);
    for (let sent = 0; sent < bytes;) {
      sent += await connection.write(chunk.subarray(0, bytes - sent));
    }
    await connection.closeWrite();
    return await new Response(connection.readable).text();
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

async function main([operation, hostname = "", port, word = ""]: readonly string[]): Promise<void> {
  const address = { hostname, port: Number(port) };
  if (operation === "ask") {
    const answer = await Promise.race([
      ask(Deno.connect(address)),
      // Not every network reports that there is no host, and the kernel itself only after three
      // seconds.
      new Promise<string>((resolve) => setTimeout(() => resolve("silence"), 2000)),
    ]);
    await Deno.stdout.write(new TextEncoder().encode(answer));
    Deno.exit();
  }
  for await (const client of Deno.listen(address)) {
    if (operation === "serve") answer(client, word);
    else greet(client, word);
  }
}

if (import.meta.main) await main(Deno.args);
