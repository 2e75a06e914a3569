/** How fast a container's lines reach its log file and standard output. */
import { type Benchmark, plainFigure } from "./figure.ts";
import { delay, readStatusBytes } from "./footprint.ts";
import { formatPod, makeScratch, podling, PROJECT } from "./program.ts";

const LINE = "x".repeat(99);
const MB = 1_000_000;

/**
 * The program's whole run, its start included, with standard output read by `cat`. Enough lines to
 * make the start a small part of it.
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
export const textLogs: Benchmark = throughput("text", 3_000_000, 1_500_000);

/** As programs read them. */
export const ndjsonLogs: Benchmark = throughput("ndjson", 1_000_000, 600_000);

/** The ways in which bytes get from a container to a reader. */
const WAYS: readonly { readonly args: readonly string[]; readonly tty: boolean }[] = [
  { args: ["--output", "ndjson"], tty: false },
  { args: ["--output", "text"], tty: false },
  { args: ["--output", "text", "--prefix", "always"], tty: true },
];

/** A reader that reads nothing, while the container would write indefinitely. */
export const slowReader: Benchmark = {
  name: "slow-reader",
  async run() {
    const growths = await Promise.all(WAYS.map(growthWithoutReader));
    const name = "growth without a reader, in 2.5 s";
    return [plainFigure(name, Math.max(0, ...growths) / MB, "MB", { atMost: 8 })];
  },
};

async function growthWithoutReader({ args, tty }: typeof WAYS[number]): Promise<number> {
  using scratch = makeScratch();
  const pod = formatPod("bench", [["yes", LINE]]).replace('"command"', `"tty":${tty},"command"`);
  const [command = "", ...words] = podling;
  const child = new Deno.Command(command, {
    args: [...words, "--quiet", ...args, scratch.write("lines.yaml", pod)],
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
  return after - before;
}
