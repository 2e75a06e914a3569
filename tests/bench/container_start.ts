/**
 * How soon a container runs: after its Pod came, after the container before it, after its own end.
 */
import {
  type Benchmark,
  differenceFigure,
  type Figure,
  measurePairs,
  type Pair,
  ratioFigure,
} from "./figure.ts";
import { type BenchNode, bestLevel, type Moments, networkRefusal, startBenchNode } from "./node.ts";
import { bareStart, OBEDIENT, timeProgram } from "./program.ts";
import type { IsolationLevel } from "../../src/runtime/config.ts";

/** It has printed something: from then on it ends when it is asked to. */
const runsItsProgram = ({ started, output }: Moments): boolean =>
  started.length === 1 && output !== "";

/**
 * From the call of `prepareVolumes()` to the moment at which `startContainer()` resolves. The
 * runtime resolves once it has seen the program in place of the launcher, so that what is measured
 * ends shortly after the exec, never before it. The program stays: one that has ended already would
 * be waited for.
 */
function podStart(level: IsolationLevel, atMost: number): Benchmark {
  const what = `Pod accepted to first exec, ${level}`;
  return {
    name: `start-${level}`,
    async run() {
      if (level === "sandbox" && await bestLevel() !== "sandbox") return [noSandbox(what)];
      await using node = await startBenchNode(level);
      const pod = { restartPolicy: "Never", command: OBEDIENT } as const;
      const pairs = await measurePairs(25, async () => {
        const { accepted, started } = await node.run(pod, runsItsProgram);
        return started[0]! - accepted;
      }, () => timeProgram([...bareStart, "/bin/true"]));
      return [ratioFigure(what, pairs, atMost)];
    },
  };
}

/** Without namespaces. */
export const processStart: Benchmark = podStart("process", 3);

/** With namespaces and a private root. */
export const sandboxStart: Benchmark = podStart("sandbox", 5);

/**
 * The same in a sandbox, with a network of the Pod's own and without. The first Pod makes the
 * network of the node besides, and is left out.
 */
export const podNetwork: Benchmark = {
  name: "network",
  async run() {
    const what = "Pod accepted to first exec, --network pod";
    const refusal = await networkRefusal();
    if (refusal !== undefined) return [{ what, skipped: refusal }];
    await using without = await startBenchNode("sandbox");
    await using node = await startBenchNode("sandbox", "pod");
    const pod = { restartPolicy: "Never", command: OBEDIENT } as const;
    const measure = async (node: BenchNode) => {
      const { accepted, started } = await node.run(pod, runsItsProgram);
      return started[0]! - accepted;
    };
    const pairs = await measurePairs(25, () => measure(node), () => measure(without));
    return [differenceFigure(what, pairs, 15)];
  },
};

/** The program prints the time as the first and last thing that it does. */
const TELL_TIME = ["date", "+%s%N"];

/** An init container's end to the next container's exec. */
export const initStart: Benchmark = successiveStart("init", "init container's exit to next exec", {
  restartPolicy: "Never",
  init: [TELL_TIME],
  command: TELL_TIME,
});

/** A container's end to its next run's exec, without back-off. */
export const restart: Benchmark = successiveStart("restart", "container's exit to restart's exec", {
  restartPolicy: "Always",
  command: TELL_TIME,
});

/**
 * From one program's last operation to the next one's first, both reported by themselves, over one
 * bare `unshare`. In it are the kernel's removal of the namespaces, the launcher's end, the node's
 * decision, and the third part of the next launch.
 */
function successiveStart(
  name: string,
  what: string,
  pod: Parameters<Awaited<ReturnType<typeof startBenchNode>>["run"]>[0],
): Benchmark {
  return {
    name,
    async run() {
      const level = await bestLevel();
      await using node = await startBenchNode(level);
      const pairs: Pair[] = [];
      for (let round = 0; round < 25; round++) {
        const moments = await node.run(pod, (it) => reportedTimes(it).length >= 2);
        const [first, second] = reportedTimes(moments);
        const floor = await timeProgram([...bareStart, "/bin/true"]);
        pairs.push({ measured: second! - first!, floor });
      }
      return [ratioFigure(`${what}, ${level}`, pairs, 3)];
    },
  };
}

/** Milliseconds since 1970, of whole lines. */
function reportedTimes({ output }: Moments): readonly number[] {
  return output.split("\n").slice(0, -1).map((line) => Number(line) / 1e6);
}

function noSandbox(what: string): Figure {
  return { what, skipped: "this machine has no sandbox" };
}
