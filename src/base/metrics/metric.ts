/** Counters, histograms and gauges that are read when they are asked for. Knows no Kubernetes. */

/** What a metric is called, and what it counts. */
export interface MetricHead {
  /** Kubernetes' own name where it has the metric. */
  readonly name: string;
  readonly help: string;
  /** @default none */
  readonly labels?: readonly string[];
}

/** One line: what follows the name, the values of the labels, and a number. */
export interface Sample {
  /** `_bucket`; mostly empty. */
  readonly suffix: string;
  /** Names and values. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

/** A metric with all its labels. */
export interface Metric {
  readonly head: MetricHead;
  readonly type: "counter" | "gauge" | "histogram";
  /** What it is now. */
  samples(): Iterable<Sample> | Promise<Iterable<Sample>>;
}

/** A number for each combination of labels, which only grows. */
export class Counter implements Metric {
  readonly type = "counter";
  readonly head: MetricHead;
  readonly #cells = new Map<string, CounterCell>();

  /** Without any combination. */
  constructor(head: MetricHead) {
    this.head = head;
  }

  /** The number of one combination; 0 at first. */
  cell(...values: readonly string[]): CounterCell {
    const key = values.join("\0");
    let cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, cell = new CounterCell(values));
    return cell;
  }

  *samples(): Iterable<Sample> {
    for (const { labels, value } of this.#cells.values()) {
      yield { suffix: "", labels: nameLabels(this.head, labels), value };
    }
  }
}

/** One number of a counter. */
export class CounterCell {
  readonly labels: readonly string[];
  /** What was counted so far. */
  value = 0;

  /** Nothing was counted. */
  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  /** Counts one, or several. */
  add(amount = 1): void {
    this.value += amount;
  }
}

/** Durations, counted by ranges for each combination of labels. */
export class Histogram implements Metric {
  readonly type = "histogram";
  readonly head: MetricHead;
  readonly #bounds: readonly number[];
  readonly #cells = new Map<string, HistogramCell>();

  /** @param bounds upper ends of the ranges, ascending; the last range has none. */
  constructor(head: MetricHead, bounds: readonly number[]) {
    this.head = head;
    this.#bounds = bounds;
  }

  /** Counts a value. */
  observe(labels: readonly string[], value: number): void {
    const key = labels.join("\0");
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      const counts = new Array<number>(this.#bounds.length + 1).fill(0);
      this.#cells.set(key, cell = { labels, counts, sum: 0 });
    }
    let at = 0;
    while (at < this.#bounds.length && value > this.#bounds[at]!) at++;
    cell.counts[at]!++;
    cell.sum += value;
  }

  *samples(): Iterable<Sample> {
    for (const { labels, counts, sum } of this.#cells.values()) {
      const named = nameLabels(this.head, labels);
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = this.#bounds[index]?.toString() ?? "+Inf";
        yield { suffix: "_bucket", labels: [...named, ["le", bound]], value: total };
      }
      yield { suffix: "_sum", labels: named, value: sum };
      yield { suffix: "_count", labels: named, value: total };
    }
  }
}

interface HistogramCell {
  readonly labels: readonly string[];
  /** Of each range alone. */
  readonly counts: number[];
  sum: number;
}

/** One value of a gauge, with those of its labels. */
export type Reading = readonly [labels: readonly string[], value: number];

/** What is read when it is asked for. */
export class ReadMetric implements Metric {
  readonly head: MetricHead;
  readonly type: "counter" | "gauge";
  readonly #read: () => Iterable<Reading> | Promise<Iterable<Reading>>;

  /** Reads nothing yet. */
  constructor(
    head: MetricHead,
    type: "counter" | "gauge",
    read: () => Iterable<Reading> | Promise<Iterable<Reading>>,
  ) {
    this.head = head;
    this.type = type;
    this.#read = read;
  }

  async samples(): Promise<Iterable<Sample>> {
    const readings = await this.#read();
    return Array.from(readings, ([labels, value]) => ({
      suffix: "",
      labels: nameLabels(this.head, labels),
      value,
    }));
  }
}

function nameLabels(
  { labels = [] }: MetricHead,
  values: readonly string[],
): readonly (readonly [string, string])[] {
  return labels.map((name, index) => [name, values[index] ?? ""]);
}

/** Begins to measure a time: what is returned reads the seconds since this call. */
export function startTimer(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}
