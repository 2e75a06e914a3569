/** A run of this program beside this one: the same path that a person's own run takes. */
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { parseEventFile } from "../../report/event_file.ts";

/** What to run, and what to do meanwhile. */
export interface ChildRunRequest {
  /** The command and its options, without the output format and the manifest. */
  readonly words: readonly string[];
  /** YAML or JSON. */
  readonly manifest: string;
  /** Where standard error goes: to ours, or into the outcome. */
  readonly stderr: "inherit" | "piped";
  /** Ends the Pods gracefully when it is aborted; the run is waited for all the same. */
  readonly signal?: AbortSignal;
  /**
   * Looks at the events that have come since.
   * @param end ends the Pods gracefully; may be called more than once.
   */
  readonly onEvents?: (events: readonly RunEvent[], end: () => void) => void;
}

/** The outcome of a run. */
export interface ChildRunOutcome {
  /** The exit status, as of `run` and `simulate`. */
  readonly code: number;
  /** In the order of the log. */
  readonly events: readonly RunEvent[];
  /** What it wrote to standard error, where that is piped. */
  readonly errors: string;
}

/** A bundle is one module. */
const isBundle = import.meta.url === Deno.mainModule;

/**
 * Runs a manifest by `run` or `simulate`, to the end. It has our process group, so that Ctrl-C
 * reaches both, and it ends its Pods when we are gone.
 */
export async function runChild(request: ChildRunRequest): Promise<ChildRunOutcome> {
  const { words, manifest, stderr, signal, onEvents } = request;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", ...isBundle ? ["--no-config", "--no-lock"] : []],
      Deno.mainModule,
      ...words,
      ...["-o", "ndjson", "-"],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr,
  }).spawn();
  const end = () => endChild(child);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  try {
    const writing = new Blob([manifest]).stream().pipeTo(child.stdin);
    // It may refuse the options before it reads; its own message says so.
    writing.catch(() => {});
    const errors = stderr === "piped" ? new Response(child.stderr).text() : "";
    const events: RunEvent[] = [];
    for await (const lines of wholeLines(child.stdout)) {
      const news = parseEventFile(lines);
      events.push(...news);
      onEvents?.(news, end);
    }
    return { code: (await child.status).code, events, errors: await errors };
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

function endChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    // It has ended by itself, which is the goal.
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Text in pieces that end with a line feed; what is left at the end is cut off. */
async function* wholeLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let held = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const text = held + chunk;
    const end = text.lastIndexOf("\n") + 1;
    held = text.slice(end);
    if (end > 0) yield text.slice(0, end);
  }
}
