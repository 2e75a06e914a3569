/** `--inject`: faults as people type them; pure. */
import type { Millis } from "../base/clock.ts";
import type { Fault, FaultKind } from "../runtime/simulated/faulty_runtime.ts";
import { findNearest } from "../base/nearest.ts";
import { UsageError } from "../base/usage_error.ts";
import { parseDuration, parseWindow } from "../base/duration.ts";

/** What may stand after `CONTAINER:`. */
export const FAULT_FORMS: readonly string[] = [
  "exit=CODE[@TIME]",
  "oom[@TIME]",
  "hang-on-term",
  "probe-fail[@FROM..TO]",
];

/**
 * `CONTAINER:WHAT`, with one of {@link FAULT_FORMS}; a time is lifecycle time since the run began.
 *
 * @throws {UsageError}
 */
export function parseFault(text: string): Fault {
  const [, container, word, value, at] =
    /^([^:=@]+):([a-z-]+)(?:=([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  if (container === undefined) {
    throw new UsageError(
      `${JSON.stringify(text)} is not CONTAINER:WHAT; WHAT is one of ${FAULT_FORMS.join(", ")}`,
    );
  }
  return { container, ...parseKind(text, { word: word!, value, at }) };
}

function parseKind(text: string, { word, value, at }: {
  readonly word: string;
  readonly value: string | undefined;
  readonly at: string | undefined;
}): FaultKind {
  const isOnly = (form: string, holds: boolean) => {
    if (!holds) throw new UsageError(`${JSON.stringify(text)} is not CONTAINER:${form}`);
  };
  switch (word) {
    case "exit":
      isOnly(FAULT_FORMS[0]!, /^\d{1,3}$/.test(value ?? "") && Number(value) <= 255);
      return { type: "exit", exitCode: Number(value), at: parseMoment(at) };
    case "oom":
      isOnly(FAULT_FORMS[1]!, value === undefined);
      return { type: "oom", at: parseMoment(at) };
    case "hang-on-term":
      isOnly(FAULT_FORMS[2]!, value === undefined && at === undefined);
      return { type: "hangOnTerm" };
    case "probe-fail":
      isOnly(FAULT_FORMS[3]!, value === undefined);
      return { type: "probeFail", ...parseWindow(at ?? "..") };
  }
  const words = FAULT_FORMS.map((form) => /^[a-z-]+/.exec(form)![0]);
  throw new UsageError(
    `${JSON.stringify(word)} is not a fault; known faults: ${FAULT_FORMS.join(", ")} ` +
      `(did you mean ${findNearest(word, words)}?)`,
  );
}

function parseMoment(text: string | undefined): Millis {
  return text === undefined ? 0 : parseDuration(text);
}
