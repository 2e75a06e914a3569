/**
 * Metrics as the text that Prometheus reads. Knows no Kubernetes.
 *
 * Rule: prometheus.io, docs/instrumenting/exposition_formats, text-based format, version 0.0.4.
 */
import { Counter, Histogram, type Metric, type MetricHead, ReadMetric } from "./metric.ts";
import type { Reading } from "./metric.ts";

/** The media type of the text. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The metrics of a program, in the order in which they were added. */
export class MetricSet {
  readonly #metrics: Metric[] = [];

  /** Adds a counter. */
  counter(head: MetricHead): Counter {
    return this.#add(new Counter(head));
  }

  /** Adds a histogram with these upper ends of its ranges, ascending. */
  histogram(head: MetricHead, bounds: readonly number[]): Histogram {
    return this.#add(new Histogram(head, bounds));
  }

  /** Adds what is read when it is asked for, and may fall. */
  gauge(head: MetricHead, read: () => Iterable<Reading> | Promise<Iterable<Reading>>): void {
    this.#add(new ReadMetric(head, "gauge", read));
  }

  /** Adds what is read when it is asked for, and only grows. */
  readCounter(head: MetricHead, read: () => Iterable<Reading>): void {
    this.#add(new ReadMetric(head, "counter", read));
  }

  /** All of them as they are now; one without values is left out. */
  async format(): Promise<string> {
    const parts: string[] = [];
    for (const metric of this.#metrics) parts.push(await formatMetric(metric));
    return parts.join("");
  }

  #add<M extends Metric>(metric: M): M {
    this.#metrics.push(metric);
    return metric;
  }
}

async function formatMetric(metric: Metric): Promise<string> {
  const { head: { name, help }, type } = metric;
  const lines = Array.from(await metric.samples(), ({ suffix, labels, value }) => {
    const pairs = labels.map(([label, text]) => `${label}="${escapeText(text, true)}"`);
    const shown = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
    return `${name}${suffix}${shown} ${formatNumber(value)}\n`;
  });
  if (lines.length === 0) return "";
  return [`# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n`, ...lines].join("");
}

function escapeText(text: string, isQuoted = false): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return isQuoted ? escaped.replaceAll('"', '\\"') : escaped;
}

/** As Go reads it. */
function formatNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : value < 0 ? "-Inf" : "NaN";
}
