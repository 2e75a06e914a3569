/** Figures: what was measured, against what, and whether it is good enough. */

/** What a number counts. */
export type Unit =
  | "ms"
  | "×"
  | "MB"
  | "% of a core"
  | "events"
  | "writes/s"
  | "lines/s"
  | "calls/s"
  | "steps/s";

/** One line of the table. */
export type Figure = MeasuredFigure | SkippedFigure;

/** A number, and the bound that it has to keep. */
export interface MeasuredFigure {
  readonly what: string;
  /** The medians that `value` was made of, in one unit. */
  readonly measured: number;
  readonly floor?: number;
  readonly measuredUnit: Unit;
  /** What the bound speaks of: a ratio, a difference, or what was measured itself. */
  readonly value: number;
  readonly unit: Unit;
  /** Undefined: for comparison only. */
  readonly bound?: { readonly atMost: number } | { readonly atLeast: number };
}

/** A figure that is not available on this machine. */
export interface SkippedFigure {
  readonly what: string;
  readonly skipped: string;
}

/** A group of figures that are measured together. */
export interface Benchmark {
  /** For `--only`. */
  readonly name: string;
  run(): Promise<readonly Figure[]>;
}

/** What was measured and its floor, one right after the other. */
export interface Pair {
  readonly measured: number;
  readonly floor: number;
}

/**
 * Measures a thing and its floor by turns, so that whatever else the machine does falls on both;
 * the first is dropped.
 */
export async function measurePairs(
  count: number,
  measure: () => Promise<number>,
  measureFloor: () => Promise<number>,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= count; round++) {
    const floor = await measureFloor();
    const measured = await measure();
    if (round > 0) pairs.push({ measured, floor });
  }
  return pairs;
}

/** A thing that is measured beside others. */
export interface Contestant {
  readonly name: string;
  /** What is measured. */
  readonly run: () => Promise<number>;
  /** Undoes what that leaves. */
  readonly clean?: () => Promise<unknown>;
}

/** Measures things by turns, as {@link measurePairs}; their times by their names. */
export async function measureInTurn(
  count: number,
  contestants: readonly Contestant[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= count; round++) {
    for (const { name, run, clean } of contestants) {
      const took = await run();
      await clean?.();
      if (round > 0) times.get(name)!.push(took);
    }
  }
  return times;
}

/** How many times its floor a thing takes: the ratio of the medians. */
export function ratioFigure(what: string, pairs: readonly Pair[], atMost: number): Figure {
  const measured = median(pairs.map((pair) => pair.measured));
  const floor = median(pairs.map((pair) => pair.floor));
  const value = measured / floor;
  return { what, measured, floor, measuredUnit: "ms", value, unit: "×", bound: { atMost } };
}

/** How much longer than its floor a thing takes: the median of the differences. */
export function differenceFigure(what: string, pairs: readonly Pair[], atMost: number): Figure {
  return {
    what,
    measured: median(pairs.map((pair) => pair.measured)),
    floor: median(pairs.map((pair) => pair.floor)),
    measuredUnit: "ms",
    value: median(pairs.map(({ measured, floor }) => measured - floor)),
    unit: "ms",
    bound: { atMost },
  };
}

/** A number that is bounded as it is. */
export function plainFigure(
  what: string,
  value: number,
  unit: Unit,
  bound: NonNullable<MeasuredFigure["bound"]>,
): Figure {
  return { what, measured: value, measuredUnit: unit, value, unit, bound };
}

/** Whether a figure keeps its bound; undefined where there is none to keep. */
export function holds(figure: Figure): boolean | undefined {
  if ("skipped" in figure) return undefined;
  const { value, bound } = figure;
  if (bound === undefined) return undefined;
  return "atMost" in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
