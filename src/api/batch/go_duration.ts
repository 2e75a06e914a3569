/** Durations as Go reads them; pure. Rule: Go, time.ParseDuration. */
import { quoteText } from "../../base/go_text.ts";

/** A duration in ms, or Go's error. */
export type ParsedDuration = { readonly ms: number } | { readonly error: string };

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's durations are nanoseconds in 64 bits. */
const LONGEST_MS = (2 ** 63 - 1) / 1e6;

/** Reads `1h30m`, `-1.5s`, `0`. */
export function parseGoDuration(text: string): ParsedDuration {
  const fault = (detail: string, ...unit: string[]) => {
    const words = [...unit, text].map(quoteText).join(" in duration ");
    return { error: `time: ${detail} ${words}` };
  };
  const [, sign, body = ""] = /^([+-]?)(.*)$/s.exec(text)!;
  if (body === "0") return { ms: 0 };
  if (body === "") return fault("invalid duration");
  let ms = 0;
  for (let rest = body; rest !== "";) {
    const [whole, number, unit = ""] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest) ?? [];
    if (whole === undefined) return fault("invalid duration");
    if (unit === "") return fault("missing unit in duration");
    if (!Object.hasOwn(UNIT_MS, unit)) return fault("unknown unit", unit);
    ms += Number(number) * UNIT_MS[unit]!;
    rest = rest.slice(whole.length);
  }
  if (ms > LONGEST_MS) return fault("invalid duration");
  return { ms: sign === "-" ? -ms : ms };
}
