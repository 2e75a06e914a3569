/** What a sandbox costs: a container's view, the end of a Pod, and a Pod among many. */
import {
  type Benchmark,
  type Figure,
  measurePairs,
  median,
  type Pair,
  plainFigure,
  ratioFigure,
} from "./figure.ts";
import { bestLevel, startBenchNode } from "./node.ts";
import { bareStart, OBEDIENT, timeProgram } from "./program.ts";

const isRoot = Deno.uid() === 0;

/**
 * From the decision to the program, once the sandbox stands. An ordinary user's view is put
 * together of many layers.
 */
export const viewStart: Benchmark = inSandbox(
  "view",
  "container's start with private root and three volumes",
  async (what) => {
    await using node = await startBenchNode("sandbox");
    const pod = { restartPolicy: "Never", command: OBEDIENT, containers: 2, volumes: 3 } as const;
    const pairs = await measurePairs(25, async () => {
      const { decided, started } = await node.run(pod, (it) => it.started.length === 2);
      return started[1]! - decided[1]!;
    }, () => timeProgram([...bareStart, "/bin/true"]));
    return ratioFigure(what, pairs, isRoot ? 8 : 13);
  },
);

/** As `kubectl delete` asks for it: programs that obey are not waited for. */
export const podEnd: Benchmark = inSandbox(
  "end",
  "end of a Pod of ten containers that obey SIGTERM",
  async (what) => {
    await using node = await startBenchNode("sandbox");
    const pod = {
      restartPolicy: "Never",
      command: OBEDIENT,
      containers: 10,
      graceSeconds: 30,
    } as const;
    const times: number[] = [];
    for (let round = 0; round < 10; round++) {
      const { endedIn } = await node.run(pod, (it) => it.output.length >= 10);
      times.push(endedIn);
    }
    return plainFigure(what, median(times), "ms", { atMost: 50 });
  },
);

/**
 * One more Pod, from its acceptance to its end, while 500 others run, over the same while ten do.
 */
export const flatCost: Benchmark = inSandbox(
  "flat",
  "one more Pod among 500 over one among 10",
  async (what) => {
    const others = { restartPolicy: "Never", command: OBEDIENT } as const;
    const pod = { restartPolicy: "Never", command: ["true"] } as const;
    await using few = await startBenchNode("sandbox");
    await few.keep(10, others);
    await using many = await startBenchNode("sandbox");
    await many.keep(500, others);
    const time = async (node: typeof few) => {
      const begun = performance.now();
      await node.run(pod, (it) => it.started.length === 1);
      return performance.now() - begun;
    };
    const pairs: readonly Pair[] = await measurePairs(25, () => time(many), () => time(few));
    return ratioFigure(what, pairs, 1.2);
  },
);

function inSandbox(
  name: string,
  what: string,
  measure: (what: string) => Promise<Figure>,
): Benchmark {
  return {
    name,
    async run() {
      const hasSandbox = await bestLevel() === "sandbox";
      return [hasSandbox ? await measure(what) : { what, skipped: "this machine has no sandbox" }];
    },
  };
}
