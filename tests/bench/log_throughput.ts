/** How fast a container's lines reach its log file and standard output. */
import { type Benchmark, plainFigure } from "./figure.ts";
import { delay, readStatusBytes } from "./footprint.ts";
import { formatPod, makeScratch, podling, PROJECT } from "./program.ts";

const LINE = "x".repeat(99);
const MB = 1_000_000;

/**
 * The program's whole run, its start included, with standard output read by `cat`. Enough lines to make the start
 * a small part of it.
 */
function throughput(format: "text" | "ndjson", lines: number, atLeast: number): Benchmark {
  return {
    name: `logs-${format}`,
    async run() {
      using scratch = makeScratch();
      const write = `yes ${LINE} | head -n ${lines}`;
      const manifest = scratch.write("lines.yaml", formatPod("bench", [["sh", "-c", write]]));
      const script = '"$@" | cat >/dev/null';
      const begun = performance.now();
      const { success } = await new Deno.Command("sh", {
        args: ["-c", script, "sh", ...podling, "--quiet", "--output", format, manifest],
        cwd: PROJECT,
        stdin: "null",
      }).spawn().status;
      if (!success) throw new Error("the run failed");
      const value = lines / (performance.now() - begun) * 1000;
      return [plainFigure(`log lines of 100 bytes, ${format}`, value, "lines/s", { atLeast })];
    },
  };
}

/** As people read them. */
export const textLogs: Benchmark = throughput("text", 3_000_000, 1_000_000);

/** As programs read them. */
export const ndjsonLogs: Benchmark = throughput("ndjson", 1_000_000, 300_000);

/** A reader that reads nothing, while the container would write for ever. */
export const slowReader: Benchmark = {
  name: "slow-reader",
  async run() {
    using scratch = makeScratch();
    const manifest = scratch.write("lines.yaml", formatPod("bench", [["yes", LINE]]));
    const [command = "", ...args] = podling;
    const child = new Deno.Command(command, {
      args: [...args, "--quiet", "--output", "ndjson", manifest],
      cwd: PROJECT,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    await delay(1500);
    const before = readStatusBytes(child.pid, "VmRSS");
    await delay(2500);
    const after = readStatusBytes(child.pid, "VmHWM");
    child.kill("SIGTERM");
    await Promise.all([child.stdout.cancel(), child.status]);
    return [plainFigure(
      "growth while nobody reads, in 2.5 s",
      Math.max(0, after - before) / MB,
      "MB",
      { atMost: 8 },
    )];
  },
};
