/**
 * Sets of completion indexes and their text, `1,3-5,7`; pure.
 *
 * Rule: Kubernetes, pkg/controller/job/indexed_job_utils.go; the errors:
 * pkg/apis/batch/validation/validation.go, validateIndexesFormat.
 */
import { quoteText } from "../../base/go_text.ts";

/** The indexes of a text, or why it is not one. */
export type ParsedIndexes =
  | { readonly indexes: ReadonlySet<number> }
  | { readonly error: string };

/**
 * Reads indexes that someone wrote, in the API server's words for what is wrong with them.
 *
 * @param completions every index is below it.
 */
export function parseIndexes(text: string, completions: number): ParsedIndexes {
  const indexes = new Set<number>();
  if (text === "") return { indexes };
  let previous = -1;
  for (const fragment of text.split(",")) {
    const interval = parseInterval(fragment, completions);
    if ("error" in interval) return interval;
    const { first, last } = interval;
    if (indexes.size > 0 && previous >= first) return { error: orderError(previous, first) };
    for (let index = first; index <= last; index++) indexes.add(index);
    previous = last;
  }
  return { indexes };
}

/**
 * Reads indexes of a status; those from `completions` on are left out, since a Job may have shrunk,
 * and so is what cannot be read.
 */
export function readIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const fragment of (text ?? "").split(",")) {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(fragment) ?? [];
    if (from === undefined) continue;
    const end = Math.min(Number(to) + 1, completions);
    for (let index = Number(from); index < end; index++) indexes.add(index);
  }
  return indexes;
}

/** Three and more in a row are a range: `0-2`, and two are not: `0,1` (R-JOB-5). */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const fragments: string[] = [];
  for (let i = 0; i < sorted.length;) {
    const first = sorted[i]!;
    let last = first;
    while (sorted[++i] === last + 1) last++;
    if (last === first) fragments.push(String(first));
    else fragments.push(`${first}${last === first + 1 ? "," : "-"}${last}`);
  }
  return fragments.join(",");
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

function parseInterval(
  fragment: string,
  completions: number,
): Interval | { readonly error: string } {
  const limits = fragment.split("-");
  if (limits.length > 2) {
    const detail = "violates the requirement that an index interval can have at most two parts " +
      "separated by '-'";
    return { error: `the fragment ${quoteText(fragment)} ${detail}` };
  }
  for (const limit of limits) {
    if (!/^[+-]?\d+$/.test(limit)) {
      return { error: `cannot convert string to integer for index: ${quoteText(limit)}` };
    }
    if (Number(limit) >= completions) return { error: `too large index: ${quoteText(limit)}` };
  }
  const [first = 0, last = first] = limits.map(Number);
  if (limits.length > 1 && first >= last) return { error: orderError(first, last) };
  return { first, last };
}

function orderError(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}
