/** The name that was probably meant; pure. */

/**
 * The known name with the fewest letters inserted, removed, changed or swapped with their
 * neighbour; the first of several. A name that begins with what was typed, in any letter case, is
 * nearer than any other.
 *
 * @param known at least one.
 */
export function findNearest(typed: string, known: readonly string[]): string {
  const typedLower = typed.toLowerCase();
  const beginning = known.find((it) => typed.length > 1 && it.startsWith(typed)) ??
    known.find((it) => typed.length > 1 && it.toLowerCase().startsWith(typedLower));
  if (beginning !== undefined) return beginning;
  const distances = known.map((it) => editDistance(typedLower, it.toLowerCase()));
  return known[distances.indexOf(Math.min(...distances))]!;
}

/**
 * The fewest insertions, removals, changes of a letter and swaps of neighbours that make one text
 * the other (optimal string alignment).
 *
 * @param limit what the answer is cut to; beyond it nothing is computed. @default Infinity
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = old[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? older[j - 2]! + 1 : Infinity;
      row.push(Math.min(change, swap, old[j]! + 1, row[j - 1]! + 1));
    }
    // Every later value is at least the least of two rows, plus 1 where it comes from the older
    // one.
    if (limit < Infinity && Math.min(...row, ...old.map((it) => it + 1)) >= limit) return limit;
    [older, old] = [old, row];
  }
  return Math.min(old[b.length]!, limit);
}
