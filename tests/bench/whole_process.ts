/** The whole program: what the user of `deno task run` waits for. */
import { type Benchmark, measurePairs, median, plainFigure, ratioFigure } from "./figure.ts";
import { formatPod, makeScratch, podling, PROJECT, timeProgram } from "./program.ts";

const TRUE_POD = formatPod("bench", [["/bin/true"]]);

/** Against a Deno that does nothing. */
export const wholeProcess: Benchmark = {
  name: "process",
  async run() {
    using scratch = makeScratch();
    const manifest = scratch.write("true.yaml", TRUE_POD);
    const empty = scratch.write("empty.ts", "");
    const pairs = await measurePairs(
      15,
      () => timeProgram([Deno.execPath(), "task", "run", manifest]),
      () => timeProgram([Deno.execPath(), "run", empty]),
    );
    return [ratioFigure("deno task run, against an empty module", pairs, 6)];
  },
};

/** A crash loop of a quarter of an hour, with real processes. */
export const bentTime: Benchmark = {
  name: "bent-time",
  async run() {
    const words = [...podling, "--quiet", "--speed", "500", `${PROJECT}examples/bent-time.yaml`];
    const wall = median([
      await timeProgram(words),
      await timeProgram(words),
      await timeProgram(words),
    ]);
    return [plainFigure("eight crashes at --speed 500", wall, "ms", { atMost: 3000 })];
  },
};
