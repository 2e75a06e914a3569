/**
 * How fast CPU time is used: the difference between two readings. Nothing is read unless a request
 * asks for it, so that a server without requests does nothing.
 *
 * Rule: metrics-server, pkg/storage/types.go, resourceUsage, and pkg/storage/pod.go.
 */
import type { StatsSummary } from "../../api/types/stats_summary.ts";

/** What is used now. */
export interface Usage {
  /** Billionths of a core, over the window of the sample. */
  readonly nanoCores: number;
  readonly memoryBytes: number;
}

/** What a node and its Pods use. */
export interface UsageSample {
  /** Its end, RFC 3339. */
  readonly time: string;
  /** Over which the rates are computed. */
  readonly windowMs: number;
  readonly node: Usage & { readonly name: string };
  readonly pods: readonly PodUsage[];
}

/** What a Pod uses. */
export interface PodUsage {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly containers: readonly (Usage & { readonly name: string })[];
}

/** Where a sampler reads, and how it waits. */
export interface UsageSamplerOptions {
  readonly read: () => Promise<StatsSummary>;
  /** Resolves after so many milliseconds of the wall clock. */
  readonly wait: (ms: number) => Promise<void>;
}

/** A shorter window says little: where CPU time is read in ticks, it has few of them. */
const SHORTEST_MS = 1000;
/** A longer one says little about now; that of metrics-server is 15 s. */
const LONGEST_MS = 30_000;

/** Reads what is used when it is asked for. */
export class UsageSampler {
  readonly #options: UsageSamplerOptions;
  #last: StatsSummary | undefined;
  #sample: UsageSample | undefined;
  #sampling: Promise<UsageSample> | undefined;

  /** Has read nothing yet. */
  constructor(options: UsageSamplerOptions) {
    this.#options = options;
  }

  /**
   * What is used now, since the reading before. Where that is too old there is another one, and
   * the next a second later.
   *
   * @throws what reading throws.
   */
  sample(): Promise<UsageSample> {
    this.#sampling ??= this.#next().finally(() => this.#sampling = undefined);
    return this.#sampling;
  }

  async #next(): Promise<UsageSample> {
    const { read, wait } = this.#options;
    let before = this.#last;
    let after = await read();
    const age = before === undefined ? Infinity : timeOf(after.node) - timeOf(before.node);
    if (this.#sample !== undefined && age >= 0 && age < SHORTEST_MS) return this.#sample;
    if (before === undefined || age < 0 || age > LONGEST_MS) {
      before = after;
      await wait(SHORTEST_MS);
      after = await read();
    }
    this.#last = after;
    return this.#sample = computeUsage(before, after);
  }
}

function timeOf({ cpu }: Pick<Measured, "cpu">): number {
  return Date.parse(cpu.time);
}

/** The rates between two readings; a container that was not in the first has begun after it. */
function computeUsage(before: StatsSummary, after: StatsSummary): UsageSample {
  const windowMs = Math.max(1, timeOf(after.node) - timeOf(before.node));
  const rate = (now: Measured, earlier: Measured | undefined): Usage => {
    // Each is read at a moment of its own.
    const ms = Math.max(1, timeOf(now) - timeOf(earlier ?? before.node));
    const used = now.cpu.usageCoreNanoSeconds - (earlier?.cpu.usageCoreNanoSeconds ?? 0);
    return {
      nanoCores: Math.max(0, Math.round(used * 1000 / ms)),
      memoryBytes: now.memory.workingSetBytes,
    };
  };
  const known = new Map(
    before.pods.flatMap(({ podRef, containers }) =>
      containers.map((it) => [keyOf(podRef.uid, it), it] as const)
    ),
  );
  return {
    time: after.node.cpu.time,
    windowMs,
    node: { name: after.node.nodeName, ...rate(after.node, before.node) },
    pods: after.pods.map(({ podRef, containers }) => ({
      ...podRef,
      containers: containers.map((it) => ({
        name: it.name,
        ...rate(it, known.get(keyOf(podRef.uid, it))),
      })),
    })),
  };
}

type Measured = Pick<StatsSummary["node"], "cpu" | "memory">;

/** Names one run of a container. */
function keyOf(
  uid: string,
  { name, startTime }: { readonly name: string; readonly startTime?: string },
): string {
  return `${uid}/${name}/${startTime}`;
}
