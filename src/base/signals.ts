/** Linux signals by name and number. Knows no Kubernetes. */

/** 1 to 31, in their order. */
const NAMES: readonly string[] =
  ("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT " +
    "CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS").split(" ");

/** Other names of the same. */
const ALIASES: Readonly<Record<string, string>> = { IOT: "ABRT", CLD: "CHLD", POLL: "IO" };

/** The first and the last of the real-time signals that programs may use. */
const REAL_TIME = { MIN: 34, MAX: 64 } as const;

/** The number of `SIGTERM`, `SIGRTMIN+3`, …; undefined if there is no such signal. */
export function signalNumber(name: string): number | undefined {
  const word = /^SIG([A-Z0-9]+)$/.exec(name)?.[1];
  if (word !== undefined) {
    const index = NAMES.indexOf(ALIASES[word] ?? word);
    if (index >= 0) return index + 1;
  }
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d\d?))?$/.exec(name);
  if (realTime === null) return undefined;
  const [, end, sign, distance = "0"] = realTime;
  const number = REAL_TIME[end as "MIN" | "MAX"] + Number(`${sign ?? ""}${distance}`);
  return number >= REAL_TIME.MIN && number <= REAL_TIME.MAX ? number : undefined;
}

/** The name of a signal, `SIGTERM` for 15; undefined if there is none of that number. */
export function signalName(number: number): string | undefined {
  const name = NAMES[number - 1];
  if (name !== undefined) return `SIG${name}`;
  if (number < REAL_TIME.MIN || number > REAL_TIME.MAX) return undefined;
  return number === REAL_TIME.MIN ? "SIGRTMIN" : `SIGRTMIN+${number - REAL_TIME.MIN}`;
}
