/**
 * A program of its own: serves the addresses and names of Services in the network namespace that
 * it is started in, for a node that is in another.
 *
 * Its last argument has its settings. It writes an empty line when names are answered. Each line
 * that it reads is a table, and is answered with one line: what could not be opened, and warnings.
 */
import { messageOf } from "../../base/error_text.ts";
import { openDnsServer } from "./dns_server.ts";
import { DnsZone } from "./dns_zone.ts";
import { ServiceProxy } from "./service_proxy.ts";
import { findFronts, type FrontRefusal, type ServiceTable } from "../service_table.ts";

/** What such a program is started with. */
export interface ProxySettings {
  /** Where names are answered. */
  readonly dnsAddress: string;
  /** Servers for names that are not the cluster's. */
  readonly servers: readonly string[];
  /** A unix socket that leads to what listens on the machine. @default nothing leads there */
  readonly machineSocket?: string;
}

/** Its answer to a table. */
export interface ProxyAnswer {
  readonly refusals: readonly FrontRefusal[];
  /** Lines for the user, since the last answer. */
  readonly warnings: readonly string[];
}

/**
 * Serves until the end of standard input: the node is gone.
 * @param settings of {@link ProxySettings}, as JSON.
 */
export async function serveServices(settings: string): Promise<never> {
  const { dnsAddress, servers, machineSocket: path } = JSON.parse(settings) as ProxySettings;
  let warnings: string[] = [];
  let zone = new DnsZone({ services: [] });
  const proxy = new ServiceProxy({
    connect: ({ address: hostname, port, isOnMachine }) =>
      isOnMachine && path !== undefined
        ? Deno.connect({ transport: "unix", path })
        : Deno.connect({ hostname, port }),
    warn: (line) => warnings.push(line),
  });
  try {
    await openDnsServer({ address: dnsAddress, servers, readZone: () => zone });
  } catch (error) {
    const line = `Cannot answer names at ${dnsAddress}: ${messageOf(error)}\n`;
    await Deno.stderr.write(new TextEncoder().encode(line));
    Deno.exit(1);
  }
  await writeLine("");
  for await (const line of readLines(Deno.stdin.readable)) {
    const table = JSON.parse(line) as ServiceTable;
    zone = new DnsZone(table);
    const refusals = await proxy.update(findFronts(table, "cluster"));
    const answer: ProxyAnswer = { refusals, warnings };
    warnings = [];
    await writeLine(JSON.stringify(answer));
  }
  Deno.exit();
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const [first = "", ...more] = text.split("\n");
    parts.push(first);
    for (const next of more) {
      yield parts.join("");
      parts = [next];
    }
  }
}

async function writeLine(line: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let sent = 0; sent < bytes.length;) sent += await Deno.stdout.write(bytes.subarray(sent));
}

// In a bundle, `main.ts` is the main module, and calls `serveServices`.
if (import.meta.main && import.meta.url.endsWith("/proxy_program.ts")) {
  await serveServices(Deno.args.at(-1) ?? "");
}
