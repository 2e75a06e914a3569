/** The drawing of a run: `--timeline FILE`. */
import { UsageError } from "../../base/usage_error.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import type { Timeline } from "../../report/timeline/timeline.ts";
import { describeFailure } from "../output/failure.ts";
import { resolvePath } from "../manifest/paths.ts";
import { type FilePlace, openAs } from "./run_files.ts";

/** Keeps the events of a run, but for lines of output, and draws them at its end. */
export class TimelineFile {
  readonly #events: RunEvent[] = [];
  readonly #path: string;
  readonly #file: Deno.FsFile;

  /**
   * Opens the file; what is there stays until the drawing is written.
   *
   * @param path its name decides the form: HTML or SVG.
   * @throws {UsageError}
   */
  constructor(path: string, { directory, fileMode }: FilePlace) {
    this.#path = path;
    if (!/\.(html|svg)$/i.test(path)) {
      throw new UsageError(`--timeline: expected a file that ends in .html or .svg, got ${path}`);
    }
    try {
      const mode = fileMode !== undefined && { mode: fileMode };
      this.#file = openAs(
        fileMode,
        () => Deno.openSync(resolvePath(directory, path), { write: true, create: true, ...mode }),
      );
    } catch (error) {
      throw new UsageError(`--timeline: ${path} cannot be written: ${describeFailure(error)}`);
    }
  }

  /** Takes the next event. */
  add(event: RunEvent): void {
    if (event.type !== "log") this.#events.push(event);
  }

  /** Draws what has happened, and closes the file. */
  async write(): Promise<void> {
    using file = this.#file;
    const { computeTimeline } = await import("../../report/timeline/timeline.ts");
    const { formatTimeline } = await import("../output/timeline_form.ts");
    const form = /html$/i.test(this.#path) ? "html" : "svg";
    const timeline = computeTimeline(this.#events);
    const text = await formatTimeline(timeline, form, nameRun(timeline));
    // A device or a pipe cannot be cut.
    if (file.statSync().isFile) await file.truncate();
    // Not by a stream: what that holds when the file is closed is lost (Deno 2.9, below 64 kB).
    let rest = new TextEncoder().encode(text);
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
  }
}

/** What ran: the first of what nothing owns, and how many there are beside it. */
function nameRun({ groups }: Timeline): string {
  const [first, ...more] = groups.filter(({ depth }) => depth === 0);
  if (first === undefined) return "A run without Pods";
  return more.length === 0 ? first.title : `${first.title} and ${more.length} more`;
}
