/** What a node says of the machine it is on. */
import type { NodeFacts } from "../node/pod_sources.ts";

/** Name, address and size of this machine. */
export function readNodeFacts(): NodeFacts {
  return {
    name: Deno.hostname().toLowerCase(),
    hostIP: readHostAddress(),
    allocatable: {
      cpu: String(navigator.hardwareConcurrency),
      memory: `${Math.floor(Deno.systemMemoryInfo().total / 1024)}Ki`,
    },
  };
}

/** The first address that others can reach, IPv4 before IPv6; the loopback's where there is no other. */
function readHostAddress(): string {
  const addresses = Deno.networkInterfaces().filter(({ address, family }) =>
    family === "IPv4"
      ? !address.startsWith("127.")
      : address !== "::1" && !address.startsWith("fe80")
  );
  const best = addresses.find(({ family }) => family === "IPv4") ?? addresses[0];
  return best?.address ?? "127.0.0.1";
}

/** The home directory that the machine's user list names for the user of this program; `/` if it names none. */
export function readHome(): string {
  const uid = String(Deno.uid());
  try {
    for (const line of Deno.readTextFileSync("/etc/passwd").split("\n")) {
      const fields = line.split(":");
      if (fields[2] === uid && fields[5]) return fields[5];
    }
  } catch (error) {
    // A machine may do without a list.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return "/";
}
