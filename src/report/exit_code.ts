/** What an exit code says; pure. */
import { signalName } from "../base/signals.ts";
import type { Meaning } from "./glossary.ts";

/** What signals say of a program that they ended; the others say no more than their names. */
const SIGNALS: Readonly<Record<string, Omit<Meaning, "as" | "rule">>> = {
  SIGHUP: { text: "whatever it was started from has gone" },
  SIGINT: { text: "it was interrupted, as by Ctrl-C" },
  SIGILL: {
    text: "the processor does not know one of its instructions",
    next: "Look whether the program was built for this processor.",
  },
  SIGABRT: {
    text: "it gave itself up, as after a failed assertion",
    next: "The last lines of its output say why.",
  },
  SIGBUS: {
    text: "it reached for memory that could not be had",
    next: "Look for a full disk under a mapped file.",
  },
  SIGFPE: { text: "it divided by zero or the like" },
  SIGKILL: {
    text:
      "nobody can refuse that: its grace period was over (R-TERM-3), a process of it was killed for want of memory " +
      "(then the reason is OOMKilled, R-EXIT-3), its sandbox ended, or somebody sent the signal",
    next:
      "If a stop came before it, have the program end at SIGTERM, or raise terminationGracePeriodSeconds; as PID 1 a " +
      "program without a handler does not hear SIGTERM at all.",
  },
  SIGSEGV: {
    text: "it reached for memory that is not its own",
    next: "That is a fault of the program, or of a library that does not fit it.",
  },
  SIGPIPE: { text: "it wrote to somebody who had gone away" },
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

/** What an exit code of a container says. */
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
  const next = "The last lines of its output, and its documentation, say what it means.";
  switch (code) {
    case 126:
      return {
        as,
        text:
          "By custom a shell in the container says so: it found the command and may not execute it.",
        rule: "R-EXIT-2",
        next:
          "Look at the file's permissions, its first line, and the processor that it was built for.",
      };
    case 127:
      return {
        as,
        text: "By custom a shell in the container says so: it did not find the command.",
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

/** What an exit status of `run` says; undefined if it is only a container's. */
export function meaningOfStatus(code: number): string | undefined {
  return OWN[code];
}
