/** Many Pods that all want to start at once. */
import type { IsolationLevel } from "../../src/runtime/config.ts";
import { type Benchmark, measurePairs, ratioFigure } from "./figure.ts";
import { bestLevel } from "./node.ts";
import { bareStart, formatPod, makeScratch, podling, timeProgram } from "./program.ts";

const PODS = 200;

/**
 * The whole program, from its start to its end, against the same number of bare starts, two at a
 * time.
 */
function manyPods(level: IsolationLevel, atMost: number): Benchmark {
  const what = `${PODS} one-shot Pods at once, ${level}`;
  return {
    name: `pods-${level}`,
    async run() {
      if (level === "sandbox" && await bestLevel() !== "sandbox") {
        return [{ what, skipped: "this machine has no sandbox" }];
      }
      using scratch = makeScratch();
      const pods = Array.from({ length: PODS }, (_, i) => formatPod(`pod-${i}`, [["/bin/true"]]));
      const manifest = scratch.write("pods.yaml", pods.join("\n---\n"));
      const floor = `seq ${PODS} | xargs -P2 -n1 ${bareStart.join(" ")} /bin/true`;
      const pairs = await measurePairs(
        3,
        () => timeProgram([...podling, "--quiet", "--isolation", level, manifest]),
        () => timeProgram(["sh", "-c", floor]),
      );
      return [ratioFigure(what, pairs, atMost)];
    },
  };
}

/** Without namespaces. */
export const processPods: Benchmark = manyPods("process", 3);

/** With namespaces and a private root. */
export const sandboxPods: Benchmark = manyPods("sandbox", 6);
