/** The whole program: what the user of `deno task run` waits for. */
import {
  type Benchmark,
  type Figure,
  measurePairs,
  median,
  plainFigure,
  ratioFigure,
} from "./figure.ts";
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

const AGAINST_PODMAN = "deno task run, against podman kube play";

/**
 * Where podman's image for this benchmark comes from; made when it is missing, and taken away
 * afterwards.
 */
const IMAGE = "localhost/podling-bench:latest";

/**
 * Against podman with the same Pod in the host's network. `BENCH_PODMAN` may give its first words,
 * where it needs options to run at all.
 */
export const againstPodman: Benchmark = {
  name: "podman",
  async run() {
    const podman = (Deno.env.get("BENCH_PODMAN") ?? "podman").split(" ");
    using scratch = makeScratch();
    const pod = JSON.parse(TRUE_POD);
    pod.metadata.name = `podling-bench-${Deno.pid}`;
    pod.spec.hostNetwork = true;
    pod.spec.containers[0].image = IMAGE;
    const manifest = scratch.write("true.yaml", JSON.stringify(pod));
    const play = async () => {
      try {
        return await timeProgram([...podman, "kube", "play", manifest]);
      } finally {
        await timeProgram([...podman, "kube", "down", manifest]);
      }
    };
    try {
      await makeImage(podman, scratch.path);
      await play();
    } catch (error) {
      await removeImage(podman);
      return [skip(error)];
    }
    const pairs = await measurePairs(
      5,
      () => timeProgram([Deno.execPath(), "task", "run", manifest]),
      play,
    );
    await removeImage(podman);
    return [ratioFigure(AGAINST_PODMAN, pairs, 0.5)];
  },
};

/** One static busybox makes an image. */
async function makeImage(podman: readonly string[], folder: string): Promise<void> {
  const script = `mkdir -p "$0/root/bin" && cp "$(command -v busybox)" "$0/root/bin/true" &&
    "$0/root/bin/true" && tar -C "$0/root" -cf "$0/image.tar" . &&
    if ldd "$0/root/bin/true" >/dev/null 2>&1; then echo 'busybox is not static' >&2; exit 1; fi`;
  await timeProgram(["sh", "-c", script, folder]);
  await timeProgram([...podman, "import", `${folder}/image.tar`, IMAGE]);
}

async function removeImage(podman: readonly string[]): Promise<void> {
  // Not there where it could not be made, which is reported already.
  await timeProgram([...podman, "rmi", "--force", IMAGE]).catch(() => undefined);
}

function skip(error: unknown): Figure {
  const why = error instanceof Deno.errors.NotFound
    ? "podman is not installed"
    : error instanceof Error
    ? error.message.split("\n").at(-1)!
    : String(error);
  return { what: AGAINST_PODMAN, skipped: why };
}

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
