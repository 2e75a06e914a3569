/**
 * The fields of a cron schedule: text to the numbers that it means, in the words of the API server
 * where it is wrong; pure.
 *
 * Rule: github.com/robfig/cron v3, parser.go, which the API server and the controller use.
 */
import { quoteText } from "../../base/go_text.ts";

/** What a field of a schedule is about. */
export type CronFieldName = "minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek";

/** The values at which a field agrees. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** Whether it leaves everything open, as `*` does: then the other field of the day decides. */
  readonly isAny: boolean;
}

/** A schedule is wrong; the message is the API server's. */
export class CronError extends Error {
  override readonly name = "CronError";
}

interface Bounds {
  readonly first: number;
  readonly last: number;
  /** In small letters, by the value of the first. */
  readonly names?: readonly string[];
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

/** In the order in which a schedule has them. */
const BOUNDS: Readonly<Record<CronFieldName, Bounds>> = {
  minute: { first: 0, last: 59 },
  hour: { first: 0, last: 23 },
  dayOfMonth: { first: 1, last: 31 },
  month: { first: 1, last: 12, names: MONTHS },
  dayOfWeek: { first: 0, last: 6, names: DAYS },
};

/** All fields of a schedule. */
export type CronFields = Readonly<Record<CronFieldName, CronField>>;

/**
 * Reads five fields.
 *
 * @throws {CronError}
 */
export function parseCronFields(text: string): CronFields {
  const texts = text.split(/\s+/).filter((it) => it !== "");
  const names = Object.keys(BOUNDS) as CronFieldName[];
  if (texts.length !== names.length) {
    const found = `found ${texts.length}: [${texts.join(" ")}]`;
    throw new CronError(`expected exactly ${names.length} fields, ${found}`);
  }
  const fields = names.map((name, i) => [name, parseField(texts[i]!, BOUNDS[name])]);
  return Object.fromEntries(fields) as CronFields;
}

/** Ranges, separated by commas; one of them that leaves everything open is enough. */
function parseField(text: string, bounds: Bounds): CronField {
  const ranges = text.split(",").filter((it) => it !== "").map((it) => parseRange(it, bounds));
  return {
    values: new Set(ranges.flatMap(({ values }) => values)),
    isAny: ranges.some(({ isAny }) => isAny),
  };
}

/** `*`, `?`, `5`, `1-5`, each with a step behind a slash; `5/10` goes on to the end. */
function parseRange(text: string, { first, last, names }: Bounds) {
  const [limits = "", stepText, ...moreSteps] = text.split("/");
  const [lowText = "", highText, ...moreLimits] = limits.split("-");
  const isStar = lowText === "*" || lowText === "?";
  let [low, high] = [first, last];
  if (!isStar) {
    low = parseValue(lowText, names, first);
    if (moreLimits.length > 0) throw new CronError(`too many hyphens: ${text}`);
    high = highText === undefined ? low : parseValue(highText, names, first);
  }
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  if (stepText !== undefined && highText === undefined) high = last;
  if (low < first) {
    throw new CronError(`beginning of range (${low}) below minimum (${first}): ${text}`);
  }
  if (high > last) throw new CronError(`end of range (${high}) above maximum (${last}): ${text}`);
  if (low > high) {
    throw new CronError(`beginning of range (${low}) beyond end of range (${high}): ${text}`);
  }
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  const values: number[] = [];
  for (let value = low; value <= high; value += step) values.push(value);
  return { values, isAny: isStar && step === 1 };
}

function parseValue(text: string, names: readonly string[] | undefined, first: number): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  return named < 0 ? parseNumber(text) : named + first;
}

/** As Go's `strconv.Atoi` reads it, and complains of it. */
function parseNumber(text: string): number {
  const value = Number(text);
  const isWritten = /^[+-]?\d+$/.test(text);
  if (!isWritten || Math.abs(value) >= 2 ** 63) {
    const fault = isWritten ? "value out of range" : "invalid syntax";
    const error = `strconv.Atoi: parsing ${quoteText(text)}: ${fault}`;
    throw new CronError(`failed to parse int from ${text}: ${error}`);
  }
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
