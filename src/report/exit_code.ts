/** The meaning of exit codes; pure. */
import { signalName } from "../base/signals.ts";
import type { Meaning } from "./meaning.ts";

/** The meaning of the signals that ended a program, where their names leave a question. */
const SIGNALS: Readonly<Record<string, Omit<Meaning, "as" | "rule">>> = {
  SIGHUP: { text: "whatever it was started from has gone" },
  SIGINT: { text: "it was interrupted, as by Ctrl-C" },
  SIGILL: {
    text: "the processor does not know one of its instructions",
    next: "Look whether the program was built for this processor.",
  },
  SIGABRT: {
    text: "it aborted itself, e.g. after a failed assertion",
    next: "Look at the last lines of its output.",
  },
  SIGBUS: {
    text: "bus error: it accessed a mapping without backing",
    next: "Look for a full disk under a mapped file.",
  },
  SIGFPE: { text: "it divided by zero or the like" },
  SIGKILL: {
    text:
      "it cannot be handled: its grace period ran out (R-TERM-3), one of its processes was killed on out-of-memory " +
      "(then the reason is OOMKilled, R-EXIT-3), its sandbox ended, or another process sent the signal",
    next:
      "If a stop came before it, have the program exit at SIGTERM, or raise terminationGracePeriodSeconds; as PID 1 a " +
      "program without a handler ignores SIGTERM.",
  },
  SIGSEGV: {
    text: "it reached for memory that is not its own",
    next: "That is a fault of the program, or of a library that does not fit it.",
  },
  SIGPIPE: { text: "it wrote to a pipe or socket whose reader had gone" },
  SIGTERM: {
    text:
      "it was asked to stop, and did so in the signal's own way, without a handler that ends with 0",
  },
};

/** Exit statuses that this program gives a meaning of its own. */
const OWN: Readonly<Record<number, string>> = {
  0: "every Pod succeeded, or --until was reached",
  1: "a Pod failed though none of its containers did, or a manifest that was to be validated is invalid",
  124: "--timeout or the Pod's activeDeadlineSeconds ran out",
  125:
    "nothing was decided by the workload: bad options, an invalid manifest, a machine that cannot do what was demanded, " +
    "or a container that can never start",
  129: "SIGHUP ended it, or one of the programs that had started it has gone",
  130: "SIGINT ended it, as by Ctrl-C",
  141: "its standard output was closed before the end",
  143: "SIGTERM ended it",
};

/** The meaning of a container's exit code. */
export function meaningOfExit(code: number): Meaning {
  const as = `exit code ${code}`;
  if (code === 0) {
    const text =
      "The program ended well; under restartPolicy Always it is started again all the same.";
    return { as, text, rule: "R-EXIT-1" };
  }
  const signal = code > 128 ? signalName(code - 128) : undefined;
  if (signal !== undefined) {
    const { text, next } = SIGNALS[signal] ?? {};
    return {
      as,
      text: `${signal} ended the program (128 + ${code - 128})${
        text === undefined ? "" : `: ${text}`
      }.`,
      rule: "R-EXIT-1",
      ...(next !== undefined && { next }),
    };
  }
  const next = "Look at the last lines of its output, and at its documentation.";
  switch (code) {
    case 126:
      return {
        as,
        text: "By convention a shell's: it found the command, but could not execute it.",
        rule: "R-EXIT-2",
        next:
          "Look at the file's permissions, its first line, and the processor that it was built for.",
      };
    case 127:
      return {
        as,
        text: "By convention a shell's: it did not find the command.",
        rule: "R-EXIT-2",
        next: "Look for a misspelt name, and at PATH.",
      };
    case 128:
      return {
        as,
        text:
          "The program could not be started (the reason is then StartError), or it chose this code itself.",
        rule: "R-EXIT-2",
        next:
          "Look whether command[0] exists in the container, may be executed, and whether workingDir exists.",
      };
    case 255:
      return {
        as,
        text:
          "The program's own -1, or the machine lost track of the container (the reason is then Unknown).",
        rule: "R-EXIT-2",
        next,
      };
    default:
      return {
        as,
        text:
          "The program's own code. Kubernetes only sees that it is not 0: Always and OnFailure start the container " +
          "again, Never fails the Pod.",
        rule: "R-EXIT-1",
        next,
      };
  }
}

/** The meaning of an exit status of `run`; undefined if it is only a container's. */
export function meaningOfStatus(code: number): string | undefined {
  return OWN[code];
}
