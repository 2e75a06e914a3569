/** Ports of this machine that lead into pods. */
import { messageOf } from "../../base/error_text.ts";
import type { HostPort } from "../config.ts";
import { RuntimeError } from "../runtime.ts";
import { PortRelay } from "./port_relay.ts";
import { findSocketOwner } from "./socket_owner.ts";

/** Opens a connection to a port of a pod. */
export type PortConnect = (port: number) => Promise<Deno.Conn>;

/** Whether a host port leads into the pod: what is spoken on it has to come in streams. */
export function isRelayed({ protocol }: Pick<HostPort, "protocol">): boolean {
  return protocol === "TCP";
}

/**
 * Why a host port is not available; undefined if it is. It is released at once.
 *
 * @param user who is going to listen: this program, or with the machine's network the container
 * itself, whose own affair it is which ports it may open.
 * @param field what chooses the port.
 */
export function findPortRefusal(
  port: Omit<HostPort, "containerPort">,
  user: "program" | "container",
  field = "hostPort",
): string | undefined {
  if (port.protocol === "UDP") {
    const owner = findSocketOwner(port);
    return owner && formatTaken(owner, field);
  }
  if (!isRelayed(port)) return undefined;
  try {
    listen(port).close();
    return undefined;
  } catch (error) {
    return user === "container" && !(error instanceof Deno.errors.AddrInUse)
      ? undefined
      : formatRefusal(port, error, field);
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
    new PortRelay(listener, {
      connect: () => connect(port.containerPort),
      onFault: (why) => warn(`Host port ${formatPort(port)} stopped forwarding: ${why}`),
    })
  );
  const opened = new AsyncDisposableStack();
  opened.defer(async () => void await Promise.all(relays.map((relay) => relay.close())));
  return opened;
}

function listen({ hostIP, hostPort }: Omit<HostPort, "containerPort">): Deno.Listener {
  return Deno.listen({ hostname: hostIP, port: hostPort });
}

/**
 * Why this machine refuses a listener, and what would do.
 * @param field what chooses the port.
 */
export function formatRefusal(
  port: Omit<HostPort, "containerPort">,
  error: unknown,
  field = "hostPort",
): string {
  if (error instanceof Deno.errors.AddrInUse) return formatTaken(findSocketOwner(port), field);
  if (error instanceof Deno.errors.PermissionDenied) {
    return `permission denied; sysctl net.ipv4.ip_unprivileged_port_start=${port.hostPort} allows it to all users`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${port.hostIP} is not an address of this machine; omit hostIP to listen on all addresses`;
  }
  return messageOf(error);
}

function formatTaken(owner: string | undefined, field = "hostPort"): string {
  const by = owner === undefined ? "" : ` by ${owner}`;
  return `address already in use${by}; end what uses it, or choose another ${field}`;
}

function formatPort({ hostPort, protocol }: HostPort): string {
  return `${hostPort}/${protocol}`;
}
