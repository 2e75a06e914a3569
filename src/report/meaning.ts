/** What a word means, and what to look at next; pure. */

/** One meaning of a word. */
export interface Meaning {
  /** Where it stands: `reason of a waiting container`. */
  readonly as: string;
  /** What has happened, in a sentence. */
  readonly text: string;
  /** Id in the rules. */
  readonly rule: string;
  /** What to look at next, in a sentence; absent where nothing is amiss. */
  readonly next?: string;
}

/** What to look at next, each once. */
export class Advice {
  /** In the order of their coming. */
  readonly lines: string[] = [];

  /** Adds what to look at, if a meaning has that. */
  add(subject: string, meaning: Meaning | undefined): void {
    if (meaning?.next === undefined) return;
    const line = `${subject}: ${meaning.next}`;
    if (!this.lines.includes(line)) this.lines.push(line);
  }
}

/** A title with indented lines; nothing without any. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}
