/**
 * A machine for network tests: a network namespace that plays the host, with its own
 * `/dev/net/tun`, and another behind it that plays the rest of the world. Whatever a test sends
 * stays in there.
 */
import { canBecomeOrdinary, isRoot, processes, ROOT, succeeds } from "./support.ts";

/**
 * Whether such a machine can be made here, as root; as an ordinary user it is run in one that root
 * has made.
 */
export const canMakeMachine: boolean = isRoot &&
  await succeeds(["unshare", "--net", "--mount", "sh", "-c", "ip link set lo up"]);

/** Who runs a node on such a machine. */
export type MachineUser = "root" | "ordinary user";

/** Both of them. */
export const MACHINE_USERS: readonly MachineUser[] = ["root", "ordinary user"];

/** Whether a node can be run by that user. */
export function canBe(user: MachineUser): boolean {
  return canMakeMachine && (user === "root" || canBecomeOrdinary);
}

/** Where the rest of the world answers, in a range that no real network has. */
export const OUTSIDE = { host: "203.0.113.2", port: 80 };

/** A host that only a test knows. */
export class NetworkMachine implements AsyncDisposable {
  private constructor(
    /** A process that is in its namespaces. */
    readonly pid: number,
    private readonly shell: Deno.ChildProcess,
  ) {}

  /** Makes one. */
  static async open(): Promise<NetworkMachine> {
    const script = `set -e
mount -t tmpfs none /dev/net
mknod -m 666 /dev/net/tun c 10 200
ip link set lo up
unshare --net -- "$@" &
while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
ip link add up0 type veth peer name eth0 netns $!
ip addr add 203.0.113.1/24 dev up0
ip link set up0 up
ip route add default via ${OUTSIDE.host}
nsenter -t $! -n ip addr add ${OUTSIDE.host}/24 dev eth0
nsenter -t $! -n ip link set eth0 up
echo $$
read -r _ || kill $!`;
    const shell = new Deno.Command("unshare", {
      args: [
        ...["--net", "--mount", "sh", "-c", script, "sh"],
        ...[Deno.execPath(), "run", "--quiet", "--allow-all", PEER],
        ...["greet", "0.0.0.0", String(OUTSIDE.port), "outside"],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = shell.stdout.getReader();
    const { value } = await reader.read();
    reader.cancel();
    return new NetworkMachine(Number(new TextDecoder().decode(value)), shell);
  }

  /** Words before a program that run it there. */
  get enter(): readonly string[] {
    return ["nsenter", "-t", String(this.pid), "-n", "-m", "--"];
  }

  /** Its network interfaces. */
  async links(): Promise<string[]> {
    const [program = "", ...args] = [...this.enter, "ip", "-oneline", "link", "show"];
    const { stdout } = await new Deno.Command(program, { args }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    return lines.map((line) => /^\d+: ([^:@]+)/.exec(line)![1]!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell.stdin.close();
    await this.shell.status;
  }
}

/** Asks and answers over the network. */
export const PEER: string = `${ROOT}tests/process/network_peer.ts`;

/** The processes that are in one of these network namespaces. */
export function processesIn(namespaces: readonly string[]): number[] {
  return processes().filter((pid) => {
    try {
      return namespaces.includes(Deno.readLinkSync(`/proc/${pid}/ns/net`));
    } catch {
      // It has gone meanwhile.
      return false;
    }
  });
}
