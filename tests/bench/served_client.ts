/** A client of a node that serves, which takes as little time as it can. */
import type { ServedNode } from "../support/served_node.ts";

/** One event of a watch. */
export interface ClientEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: {
      readonly name: string;
      readonly resourceVersion: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
  /** When it was read, by `performance.now()`. */
  readonly at: number;
}

/** A watch that goes on. */
export interface ClientWatch extends AsyncDisposable {
  /** What has come so far. */
  readonly events: readonly ClientEvent[];
  /** Resolves when an event has come that is looked for, among those before it too. */
  until(isWanted: (event: ClientEvent) => boolean): Promise<void>;
}

/** A connection of its own: one takes 200 requests at a time. */
export async function connect(node: ServedNode): Promise<Deno.HttpClient> {
  const { clusters: [{ cluster }] } = JSON.parse(await Deno.readTextFile(node.kubeconfig));
  return Deno.createHttpClient({ caCerts: [atob(cluster["certificate-authority-data"])] });
}

/**
 * Watches what a path leads to, from now on.
 *
 * @param client for the watch. @default that of all requests
 */
export async function watch(
  node: ServedNode,
  path: string,
  client = node.client,
): Promise<ClientWatch> {
  const { metadata: { resourceVersion } } = await (await node.fetch(`${path}?limit=1`)).json();
  const response = await fetch(
    `${node.url}${path}?watch=1&resourceVersion=${resourceVersion}`,
    { headers: { authorization: `Bearer ${node.token}` }, client },
  );
  const reader = response.body!.getReader();
  const events: ClientEvent[] = [];
  let wake = () => {};
  const reading = readLines(reader, (line, at) => {
    events.push({ ...JSON.parse(line), at });
    wake();
  });
  return {
    events,
    until: async (isWanted) => {
      for (let next = 0;;) {
        for (; next < events.length; next++) if (isWanted(events[next]!)) return;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await reader.cancel();
      await reading;
    },
  };
}

async function readLines(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onLine: (line: string, at: number) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (let next; !(next = await reader.read()).done;) {
    const at = performance.now();
    const lines = (rest + decoder.decode(next.value, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line, at);
  }
}

/** Creates objects, one after the other. */
export async function createAll(
  node: ServedNode,
  path: string,
  objects: Iterable<unknown>,
): Promise<void> {
  for (const object of objects) {
    const response = await node.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(object),
    });
    const text = await response.text();
    if (response.status !== 201) throw new Error(text);
  }
}

/** How many requests are under way at a time. */
const AT_ONCE = 32;

/** Creates so many objects, several at a time. */
export async function createMany(
  node: ServedNode,
  path: string,
  count: number,
  make: (name: string) => unknown,
): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `o${index}`).values();
  const objects = names.map(make);
  await Promise.all(Array.from({ length: AT_ONCE }, () => createAll(node, path, objects)));
}
