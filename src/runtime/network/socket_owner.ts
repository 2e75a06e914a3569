/** Who has a port of this machine. */
import { readLink, readTextIfPresent } from "../../base/files.ts";
import type { HostPort } from "../config.ts";

/** One line of `/proc/net/tcp` and the like. */
export interface SocketLine {
  /** The address that it is bound to, in hexadecimal as the file has it. */
  readonly address: string;
  /** The port that it is bound to. */
  readonly port: number;
  /** The user whose process made it. */
  readonly uid: number;
  /** Names it in `/proc/PID/fd`. */
  readonly inode: string;
}

/** Sockets that wait for others: of TCP those that listen, of UDP those without a peer. */
export function parseSockets(text: string): readonly SocketLine[] {
  return text.split("\n").slice(1).map((line) => line.trim().split(/\s+/)).flatMap((fields) => {
    const [, local = "", , state = "", , , , uid, , inode = ""] = fields;
    const [address = "", port = ""] = local.split(":");
    if (state !== "0A" && state !== "07") return [];
    return [{ address, port: parseInt(port, 16), uid: Number(uid), inode }];
  });
}

/**
 * The owner of a port, in words: `nginx (process 123)`, or only whose process it is. Undefined:
 * none, as far as can be seen.
 */
export function findSocketOwner(
  { hostIP, hostPort, protocol }: Omit<HostPort, "containerPort">,
): string | undefined {
  const files = [`/proc/net/${protocol.toLowerCase()}`, `/proc/net/${protocol.toLowerCase()}6`];
  const socket = files.flatMap((path) => parseSockets(readTable(path))).find((it) =>
    it.port === hostPort && overlaps(it.address, hostIP)
  );
  if (socket === undefined) return undefined;
  const pid = findHolder(socket.inode);
  if (pid === undefined) return `a process of user ${socket.uid}`;
  return `${(readTextIfPresent(`/proc/${pid}/comm`) ?? "").trim()} (process ${pid})`;
}

function readTable(path: string): string {
  try {
    return readTextIfPresent(path) ?? "";
  } catch (error) {
    // The proxy of Services may read nothing.
    if (error instanceof Deno.errors.NotCapable) return "";
    throw error;
  }
}

/** All addresses, those of IPv6 included, are nothing but zeros. */
const ANY = /^0+$/;

function overlaps(address: string, hostIP: string): boolean {
  if (ANY.test(address) || /^[0.:]*$/.test(hostIP)) return true;
  const bytes = hostIP.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return [bytes.join(""), bytes.reverse().join("")].includes(address.slice(-8).toLowerCase());
}

function findHolder(inode: string): number | undefined {
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    if (pid > 0 && holds(pid, inode)) return pid;
  }
  return undefined;
}

function holds(pid: number, inode: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return [...Deno.readDirSync(folder)].some(({ name }) =>
      readLink(`${folder}/${name}`) === `socket:[${inode}]`
    );
  } catch {
    // It is another user's, or on its way out.
    return false;
  }
}
