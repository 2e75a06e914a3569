/** What the programs of a launch report on standard error, beside the container's own output. */
import { concatBytes } from "../../base/bytes.ts";
import type { Source } from "../streams/pipe_reader.ts";
import { RuntimeError } from "../runtime.ts";

/** How far a launch came. */
export interface Launch {
  /** The first process of the container, once only `env` stands between it and the program. */
  readonly pid: number | undefined;
  /** Who waits for that one. */
  readonly parent: number;
  /** What came after the marker. */
  readonly rest: Uint8Array;
  /** The launcher's output if it did not get that far. */
  readonly output: string;
}

/** Reads standard error up to the line `NONCE PID PARENT`; all before it is the launcher's. */
export async function readMarker(stderr: Source, nonce: string): Promise<Launch> {
  const marker = new RegExp(`(?:^|\\n)${nonce} (\\d+) (\\d+)\\n`);
  let bytes: Uint8Array = new Uint8Array(0);
  for (;;) {
    const { value, done } = await stderr.read();
    if (value !== undefined) bytes = concatBytes([bytes, value]);
    // One character a byte, so that places in the text are places in the bytes.
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const match = marker.exec(text);
    if (match !== null) {
      return {
        pid: Number(match[1]),
        parent: Number(match[2]),
        rest: bytes.subarray(match.index + match[0].length),
        output: text.slice(0, match.index),
      };
    }
    if (done) {
      const output = new TextDecoder().decode(bytes);
      return { pid: undefined, parent: 0, rest: new Uint8Array(0), output };
    }
  }
}

/**
 * Whether the launcher speaks: the script under the nonce, `env` under that or under the path of
 * its link.
 */
export function isRefusal(line: string, nonce: string): boolean {
  return speakers(nonce).some((name) => line.startsWith(name));
}

/** Whether what was read so far may be the beginning of such a line. */
export function mayBeRefusal(text: string, nonce: string): boolean {
  return speakers(nonce).some((name) => text.startsWith(name) || name.startsWith(text));
}

/** What the launcher's lines begin with. */
function speakers(nonce: string): readonly string[] {
  return [`${nonce}: `, `./${nonce}: `, `/proc/self/cwd/${nonce}: `];
}

/** What a launcher was to start. */
export interface Launched {
  /** What its words begin with. */
  readonly nonce: string;
  /** As the container names it. */
  readonly program: string;
  /** The working directory, in the view. */
  readonly directory: string;
}

/**
 * Distinguishes what cannot be started (R-EXIT-2) from what could not be created, by the launcher's
 * words. The messages are those of runc (libcontainer/init_linux.go, rootfs_linux.go) behind its
 * `unable to start container process: `.
 */
export function launchError(output: string, { nonce, program, directory }: Launched): RuntimeError {
  const lines = output.trim().split("\n");
  const refusal = lines.find((line) => isRefusal(line, nonce));
  if (refusal !== undefined) {
    const why = refusal.slice(refusal.indexOf(": ") + 2);
    if (why.startsWith("exec")) return new RuntimeError("StartError", why);
    // The message of `env` is all of it but for the last words; runc begins those with a
    // small letter.
    const words = why.slice(why.lastIndexOf(": ") + 2);
    const reason = words.slice(0, 1).toLowerCase() + words.slice(1);
    // Of a program of the launcher that does not start with them.
    if (reason === "argument list too long") {
      return new RuntimeError("StartError", `exec: "${program}": ${reason}`);
    }
    if (!/cannot change directory to /.test(why)) {
      return new RuntimeError("StartError", `exec ${program}: ${reason}`);
    }
    // A directory that is missing is created, so what fails first is that.
    const step = reason === "permission denied"
      ? `chdir to cwd ("${directory}") set in config.json failed`
      : `mkdir ${directory}`;
    return new RuntimeError("StartError", `error during container init: ${step}: ${reason}`);
  }
  const unmounted = lines.find((line) => line.startsWith(`${nonce}@ `));
  if (unmounted !== undefined) {
    const words = [unmounted.slice(nonce.length + 2), ...lines.filter((it) => it !== unmounted)];
    return new RuntimeError("StartError", `error during container init: ${words.join(": ")}`);
  }
  const misfit = lines.find((line) => line.startsWith(`${nonce}? `));
  if (misfit !== undefined) {
    return new RuntimeError("CreateContainerConfigError", misfit.slice(nonce.length + 2));
  }
  const what = lines.map((line) => line.replace(`${nonce}! `, "")).reverse().join(": ");
  return new RuntimeError("CreateContainerError", what || "the launcher was killed");
}

/**
 * `unshare` ends as its child did, by the same signal, except for SIGKILL: that one it cannot send
 * itself the way it wants to, so it complains and exits with 1. It runs under a name with the nonce
 * in it, which distinguishes its complaint from the container's output; nothing comes after it,
 * since it waits for all of the container.
 */
export class UnshareWords {
  /** Whether it complained: the container died of SIGKILL. */
  found = false;
  readonly #name: Uint8Array;

  /**
   * Has found nothing yet.
   * @param name how the complaint begins.
   */
  constructor(name: string) {
    this.#name = new TextEncoder().encode(name);
  }

  /** What a source gives, without the complaint. */
  filter(source: Source): Source {
    // The end of what was read, where it may be the beginning of the name.
    let held: Uint8Array = new Uint8Array(0);
    return {
      read: async () => {
        const result = await source.read();
        if (result.done && held.length === 0) return result;
        const chunk = result.done
          ? held
          : held.length === 0
          ? result.value
          : concatBytes([held, result.value]);
        const at = this.found ? 0 : this.#find(chunk);
        this.found ||= chunk.length - at >= this.#name.length;
        held = this.found || result.done ? new Uint8Array(0) : chunk.slice(at);
        return { value: result.done && !this.found ? chunk : chunk.subarray(0, at), done: false };
      },
      cancel: () => source.cancel(),
    };
  }

  /** Where the name is, or where it may go on in what is read next; the end if nowhere. */
  #find(chunk: Uint8Array): number {
    const [mark = 0] = this.#name;
    for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + 1)) {
      const rest = chunk.subarray(at, at + this.#name.length);
      if (rest.every((byte, index) => byte === this.#name[index])) return at;
    }
    return chunk.length;
  }
}
