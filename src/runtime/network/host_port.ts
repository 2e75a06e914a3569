/** Ports of this machine that lead into pods. */
import { messageOf } from "../../base/error_text.ts";
import { closeConnection, relay } from "./dial/relay.ts";
import type { HostPort } from "../config.ts";
import { RuntimeError } from "../runtime.ts";
import { findSocketOwner } from "./socket_owner.ts";

/** Opens a connection to a port of a pod. */
export type PortConnect = (port: number) => Promise<Deno.Conn>;

/** Connections of one host port at a time; further ones wait in the kernel's queue. */
const MAX_CONNECTIONS = 512;

/** Whether a host port leads into the pod: what is spoken on it has to come in streams. */
export function isRelayed({ protocol }: HostPort): boolean {
  return protocol === "TCP";
}

/**
 * Why a host port is not available; undefined if it is. It is released at once.
 *
 * @param user who is going to listen: this program, or with the machine's network the container
 * itself, whose own affair it is which ports it may open.
 */
export function findPortRefusal(port: HostPort, user: "program" | "container"): string | undefined {
  if (port.protocol === "UDP") {
    const owner = findSocketOwner(port);
    return owner && formatTaken(owner);
  }
  if (!isRelayed(port)) return undefined;
  try {
    listen(port).close();
    return undefined;
  } catch (error) {
    return user === "container" && !(error instanceof Deno.errors.AddrInUse)
      ? undefined
      : formatRefusal(port, error);
  }
}

/**
 * Listens on host ports and leads their connections into a pod; those that are not relayed are left
 * out.
 *
 * @param connect to the pod.
 * @param warn prints one line for the user.
 * @throws {RuntimeError} `FailedCreatePodSandBox` if one of them is not available; then none is
 * opened.
 */
export function openHostPorts(
  ports: readonly HostPort[],
  connect: PortConnect,
  warn: (line: string) => void,
): AsyncDisposable {
  const listeners: (readonly [HostPort, Deno.Listener])[] = [];
  for (const port of ports.filter(isRelayed)) {
    try {
      listeners.push([port, listen(port)]);
    } catch (error) {
      for (const [, listener] of listeners) listener.close();
      const message = `Cannot use host port ${formatPort(port)}: ${formatRefusal(port, error)}`;
      throw new RuntimeError("FailedCreatePodSandBox", message, { cause: error });
    }
  }
  const relays = listeners.map(([port, listener]) =>
    new HostPortRelay(port, listener, connect, warn)
  );
  const opened = new AsyncDisposableStack();
  opened.defer(async () => void await Promise.all(relays.map((relay) => relay.close())));
  return opened;
}

/** One host port, for as long as its pod has it. */
class HostPortRelay {
  readonly #connections = new Set<Deno.Conn>();
  readonly #relays = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  #closed = false;

  constructor(
    private readonly port: HostPort,
    private readonly listener: Deno.Listener,
    private readonly connect: PortConnect,
    private readonly warn: (line: string) => void,
  ) {
    this.#ended = this.#accept();
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.listener.close();
      for (const connection of this.#connections) closeConnection(connection);
    }
    await this.#ended;
    await Promise.all(this.#relays);
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.listener) {
        const relayed = this.#relay(client).finally(() => this.#relays.delete(relayed));
        this.#relays.add(relayed);
        if (this.#relays.size >= MAX_CONNECTIONS) await Promise.race(this.#relays);
      }
    } catch (error) {
      if (this.#closed) return;
      this.warn(`Host port ${formatPort(this.port)} stopped forwarding: ${messageOf(error)}`);
    }
  }

  async #relay(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    // Where nothing listens in the pod, the client's connection ends.
    const target = await this.connect(this.port.containerPort).catch(() => undefined);
    if (target !== undefined && !this.#closed) {
      this.#connections.add(target);
      await relay(client, target);
      this.#connections.delete(target);
    } else {
      closeConnection(client);
      if (target !== undefined) closeConnection(target);
    }
    this.#connections.delete(client);
  }
}

function listen({ hostIP, hostPort }: HostPort): Deno.Listener {
  return Deno.listen({ hostname: hostIP, port: hostPort });
}

function formatRefusal(port: HostPort, error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return formatTaken(findSocketOwner(port));
  if (error instanceof Deno.errors.PermissionDenied) {
    return `permission denied; sysctl net.ipv4.ip_unprivileged_port_start=${port.hostPort} allows it to all users`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${port.hostIP} is not an address of this machine; omit hostIP to listen on all addresses`;
  }
  return messageOf(error);
}

function formatTaken(owner: string | undefined): string {
  const by = owner === undefined ? "" : ` by ${owner}`;
  return `address already in use${by}; end what uses it, or choose another hostPort`;
}

function formatPort({ hostPort, protocol }: HostPort): string {
  return `${hostPort}/${protocol}`;
}
