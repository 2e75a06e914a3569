/** An event as a scenario expects it: `at TIME KIND WHO WHAT (RULE)`; text in, value out; pure. */
import type { Millis } from "../base/clock.ts";
import { parseDuration, parseWindow } from "../base/duration.ts";
import { UsageError } from "../base/usage_error.ts";

/** An event that is expected. */
export interface EventPattern {
  /** As it is written. */
  readonly text: string;
  /** Its first and its last moment; undefined: any. Equal for one that is given exactly. */
  readonly at?: { readonly from: Millis; readonly to: Millis };
  /** `container.exited` */
  readonly kind: string;
  /** Who and what, as a line of a trace has them. */
  readonly words: readonly string[];
  /** The rule that has decided. @default any */
  readonly rule?: string;
  /** Where it stands in its file. */
  readonly field: string;
}

/**
 * `[at WHEN] KIND [WHO] [WHAT] [(RULE)]`, where WHEN is a moment or `FROM..TO`.
 *
 * @param isTrace the time is required.
 * @throws {UsageError}
 */
export function parseEventPattern(text: string, isTrace: boolean): EventPattern {
  const [, when, kind, words = "", rule] =
    /^(?:at (\S+) )?([a-z]+(?:\.[a-z]+)?)(?: (.*?))?(?: ?\((R-[A-Z0-9-]+)\))?$/.exec(text) ?? [];
  if (kind === undefined || (isTrace && when === undefined)) {
    throw new UsageError(
      `${JSON.stringify(text)} is not an event: expected ${
        isTrace ? "at TIME" : "[at TIME]"
      } KIND WHO WHAT (RULE), such as at 1s container.exited web Error 1`,
    );
  }
  return {
    text,
    kind,
    words: words === "" ? [] : words.split(" "),
    field: "",
    ...(when !== undefined && { at: parseMoment(when) }),
    ...(rule !== undefined && { rule }),
  };
}

function parseMoment(text: string): { readonly from: Millis; readonly to: Millis } {
  if (text.includes("..")) return parseWindow(text);
  const at = parseDuration(text);
  return { from: at, to: at };
}
