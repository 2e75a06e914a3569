/** The part of a runtime for which a script has nothing: programs, files and streams. */
import type { ExecRequest } from "../joined_streams.ts";
import { type Runtime, RuntimeError } from "../runtime.ts";

/** What a {@link RuntimeWithoutPrograms} answers. */
export type Verb =
  | "logs"
  | "exec"
  | "attach"
  | "dial"
  | "stats"
  | "updateServices"
  | "removeVolume"
  | "removeLogs";

/** Refuses what only real processes can do, and has nothing to remove. */
export abstract class RuntimeWithoutPrograms implements Pick<Runtime, Verb> {
  /** What is printed in a script goes to the listener alone. */
  logs(_podUid: string, container: string): Promise<never> {
    return refuse("Logs", `read the log of container "${container}"`);
  }

  /** There are no programs in a script. */
  exec(containerId: string, { command: [program = ""] }: ExecRequest): Promise<never> {
    return refuse("NotSupported", `execute "${program}" in container "${containerId}"`);
  }

  /** There are no streams in a script. */
  attach(containerId: string): Promise<never> {
    return refuse("NotSupported", `attach to container "${containerId}"`);
  }

  /** Nothing listens in a script. */
  dial(_podUid: string, port: number): Promise<never> {
    return refuse("PortForward", `connect to port ${port}`);
  }

  /** A script uses nothing that could be counted. */
  stats(): Promise<never> {
    return refuse("NotSupported", "read statistics");
  }

  /** A simulated program sends nothing. */
  updateServices(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  /** Nothing: there are no files. */
  removeVolume(_namespace: string, _claimName: string): Promise<void> {
    return Promise.resolve();
  }

  /** A script writes none. */
  async removeLogs(): Promise<void> {}
}

/** What only real processes can do. */
function refuse(reason: string, what: string): Promise<never> {
  const message = `Cannot ${what}: the containers are simulated`;
  return Promise.reject(new RuntimeError(reason, message));
}
