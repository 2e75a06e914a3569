/** What `run` prints: containers' output, lifecycle lines for people, the event log. */
import type { Pod } from "../../api/types/pod.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import type { ContainerRole, RunEvent } from "../../lifecycle/trace/log_event.ts";
import { escapeControls } from "../../base/control_characters.ts";
import { formatSubject, formatSummaryLine, type Naming } from "../../report/summary.ts";
import type { ContainerOutput } from "../../runtime/runtime.ts";
import { AsyncWriter, type ByteSink } from "./async_writer.ts";
import { formatEvent, formatOpening, formatOutput, type OutputSource } from "./event_log.ts";
import { type LineBlock, LineBuffer, prefixLines, withReturns } from "./line_buffer.ts";

/** Where to print, and how. */
export interface OutputOptions {
  /** What standard output and standard error carry. */
  readonly format: "text" | "ndjson";
  /** No lifecycle lines and no hints. */
  readonly quiet: boolean;
  /** Whether the container's name stands before its lines. */
  readonly prefix: "auto" | "always" | "never";
  /** Standard output. */
  readonly stdout: OutputTarget;
  /** Standard error. */
  readonly stderr: OutputTarget;
  /** Takes the event log, beside standard output where that carries it. */
  readonly eventsFile?: ByteSink;
  /** Where lifecycle moments come from. */
  readonly clock: Clock;
  /** Whether a newline alone does not begin a line on the terminal. @default it does */
  readonly isRaw?: () => boolean;
  /** Told once when something cannot be written any more. */
  readonly onFailed: (target: "stdout" | "eventsFile", error: unknown) => void;
}

/** A standard stream. */
export interface OutputTarget extends ByteSink {
  /** Whether a person looks at it. */
  readonly terminal: boolean;
  /** Whether escape sequences may colour it. */
  readonly colour: boolean;
}

/** A reader that takes nothing for this long does not delay what has to end. */
const STALL_MS = 1000;

/** Events that nobody reads are dropped above this: they must not wait, and must not fill the memory. */
const EVENT_BACKLOG_BYTES = 64 << 20;

/** A reader with this much before it has fallen behind. */
const BEHIND_BYTES = 1 << 20;

/** How long a lifecycle line lets the output that came before it go first. */
const ORDER_PATIENCE_MS = 200;

const PREFIX_COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

interface Stream {
  readonly source: OutputSource;
  readonly writer: AsyncWriter;
  readonly lines: LineBuffer;
  /** Empty: none. */
  readonly prefix: Uint8Array;
  /** Its bytes pass through as they are. */
  readonly unchanged: boolean;
}

interface ContainerStreams {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Output that is here before its run has been told of; undefined while a run is known. */
  held: HeldOutput[] | undefined;
  /** Let the readers of its streams go on, although there is no room. */
  readonly waiters: Set<() => void>;
  /** Set while the container is being stopped. */
  stopWatch?: ReturnType<typeof setInterval>;
}

interface HeldOutput {
  readonly stream: "stdout" | "stderr";
  readonly chunk: Uint8Array;
  /** To be called when there is room for more. */
  readonly goOn: () => void;
}

/** Prints one run. */
export class Output {
  readonly #options: OutputOptions;
  readonly #stdout: AsyncWriter;
  readonly #stderr: AsyncWriter;
  readonly #eventsFile: AsyncWriter | undefined;
  readonly #containers = new Map<string, ContainerStreams>();
  readonly #encoder = new TextEncoder();
  /** One container without a prefix: its bytes pass through as they are. */
  readonly #unchanged: boolean;
  readonly #naming: Naming;
  readonly #subjectWidth: number;
  #lastMoment: Millis = 0;
  readonly #prefixes = new Map<
    string,
    { readonly stdout: Uint8Array; readonly stderr: Uint8Array }
  >();
  /** Where the cursor of each stream stands, for lines of our own. */
  #midLine = { stdout: false, stderr: false };
  #droppedEvents = 0;

  /**
   * Prints nothing yet.
   * @param pods all that will run: their containers decide about prefixes and columns.
   */
  constructor(options: OutputOptions, pods: readonly Pod[]) {
    this.#options = options;
    const failed = (target: "stdout" | "eventsFile") => (error: unknown) =>
      options.onFailed(target, error);
    this.#stdout = new AsyncWriter(options.stdout, failed("stdout"));
    // Who reads no standard error misses nothing that the exit status does not say.
    this.#stderr = new AsyncWriter(options.stderr, () => {});
    if (options.eventsFile !== undefined) {
      this.#eventsFile = new AsyncWriter(options.eventsFile, failed("eventsFile"));
      const now = options.clock.now();
      const opening = formatOpening(now, options.clock.wallTime(now));
      this.#pushEvent(this.#eventsFile, this.#encoder.encode(opening));
    }
    const containers = pods.flatMap((pod) => containersOf(pod).map((it) => ({ pod, ...it })));
    const prefixed = options.prefix === "always" ||
      (options.prefix === "auto" && containers.length > 1);
    this.#unchanged = options.format === "text" && !prefixed && containers.length === 1;
    this.#naming = chooseNaming(pods);
    const names = containers.map(({ name }) => name);
    const unique = new Set(names).size === names.length;
    const subjects = pods.map((pod) => formatSubject({ pod: podName(pod) }, this.#naming));
    for (const [index, { pod, name }] of containers.entries()) {
      const subject = { pod: podName(pod), container: name };
      subjects.push(formatSubject(subject, this.#naming));
      const text = prefixed
        ? `[${formatSubject(subject, unique ? "container" : this.#naming)}] `
        : "";
      const colour = PREFIX_COLOURS[index % PREFIX_COLOURS.length]!;
      const make = ({ colour: coloured }: OutputTarget) =>
        this.#encoder.encode(
          coloured && prefixed ? `\x1b[${colour}m${text.trimEnd()}\x1b[0m ` : text,
        );
      this.#prefixes.set(`${podName(pod)}/${name}`, {
        stdout: make(options.stdout),
        stderr: make(options.stderr),
      });
    }
    this.#subjectWidth = Math.max(0, ...subjects.map((it) => it.length));
  }

  /**
   * Makes the containers of a pod known by its uid, before the first of them starts.
   * @param screen the container whose terminal is the caller's: as long as nothing else is asked for its bytes pass through as they are.
   */
  addPod(pod: Pod, screen?: string): void {
    const { format, prefix } = this.#options;
    const uid = pod.metadata?.uid ?? "";
    for (const { name, role } of containersOf(pod)) {
      const prefixes = this.#prefixes.get(`${podName(pod)}/${name}`);
      const make = (stream: "stdout" | "stderr"): Stream => ({
        source: { pod: podName(pod), uid, container: name, role, stream },
        writer: format === "text" && stream === "stderr" ? this.#stderr : this.#stdout,
        lines: new LineBuffer(),
        prefix: prefixes?.[stream] ?? new Uint8Array(0),
        unchanged: this.#unchanged || (name === screen && format === "text" && prefix === "auto"),
      });
      this.#containers.set(key(uid, name), {
        stdout: make("stdout"),
        stderr: make("stderr"),
        held: [],
        waiters: new Set(),
      });
    }
  }

  /** Prints a piece of output; resolves when there is room for more. */
  async onOutput({ podUid, name, stream: which, chunk }: ContainerOutput): Promise<void> {
    const container = this.#containers.get(key(podUid, name));
    if (container === undefined) throw new Error(`Output of an unknown container "${name}"`);
    const { held } = container;
    if (held === undefined) return await this.#print(container, which, chunk);
    await new Promise<void>((goOn) => held.push({ stream: which, chunk: chunk.slice(), goOn }));
  }

  async #print(
    container: ContainerStreams,
    which: "stdout" | "stderr",
    chunk: Uint8Array,
  ): Promise<void> {
    const stream = container[which];
    // Beyond the stop signal, what a stopped reader does not take is not waited for.
    if (container.stopWatch !== undefined && stream.writer.stalledMs > STALL_MS) return;
    const waits: (Promise<void> | undefined)[] = [];
    if (stream.unchanged) {
      waits.push(stream.writer.push(chunk.slice()));
      this.#midLine[which] = chunk.at(-1) !== NEWLINE;
    }
    if (!stream.unchanged || this.#eventsFile !== undefined) {
      const block = stream.lines.push(chunk);
      if (block !== undefined) waits.push(...this.#printLines(stream, block));
    }
    if (waits.every((it) => it === undefined)) return;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        container.waiters.delete(goOn);
        resolve();
      };
      container.waiters.add(goOn);
      void Promise.all(waits).then(goOn);
    });
  }

  /** Prints an event; never waits. */
  onEvent(seen: RunEvent): void {
    // The log is in the order of the decisions, and so is its time: an exit can be older than what came before.
    const event = { ...seen, at: this.#moment(seen.at) };
    const container = "container" in event
      ? this.#containers.get(key(event.uid, event.container))
      : undefined;
    if (container !== undefined) this.#noteStop(container, event);
    const line = this.#logsEvents
      ? this.#encoder.encode(formatEvent(event, this.#options.clock.wallTime(event.at)))
      : undefined;
    if (line !== undefined) {
      this.#pushEvent(this.#eventsFile, line);
      if (this.#options.format === "ndjson") this.#pushEvent(this.#stdout, line);
    }
    if (this.#options.format === "text" && !this.#options.quiet) {
      const summary = formatSummaryLine(event, {
        colour: this.#options.stderr.colour,
        subjectWidth: this.#subjectWidth,
        naming: this.#naming,
      });
      if (summary !== undefined) this.#say(summary);
    }
    if (container !== undefined && event.type === "container.started") this.#release(container);
  }

  /** A line of advice for people; not where programs read, nor where silence was asked for. */
  hint(text: string): void {
    if (!this.#options.quiet && this.#options.format === "text") this.warn(text);
  }

  /** A diagnostic on standard error, whatever the format. */
  warn(text: string): void {
    this.#say(`podling: ${escapeControls(text)}`);
  }

  /** Resolves when no more than a bounded part of what was said waits to be written. */
  async caughtUp(): Promise<void> {
    for (const writer of [this.#stdout, this.#stderr, this.#eventsFile]) {
      if (writer !== undefined && writer.pendingBytes > BEHIND_BYTES) await writer.flushed();
    }
  }

  /**
   * Waits until everything is written.
   *
   * @param patience `"reader"`: for as long as the reader takes; `"brief"`: not for one that takes nothing.
   */
  async close(patience: "reader" | "brief"): Promise<void> {
    for (const container of this.#containers.values()) {
      this.#release(container);
      this.#endLines(container, this.#options.clock.now());
      endStopWatch(container);
    }
    if (this.#droppedEvents > 0) {
      this.warn(`${this.#droppedEvents} events were dropped, since nobody read them`);
    }
    const writers = [this.#stdout, this.#stderr, this.#eventsFile];
    if (patience === "reader") return void await Promise.all(writers.map((it) => it?.flushed()));
    const stop = new AbortController();
    await Promise.all(
      writers.map((it) => it && Promise.race([it.flushed(), whenStalled(it, stop.signal)])),
    );
    stop.abort();
    for (const writer of writers) writer?.abandon();
  }

  /** The latest moment in the log so far, or a later one. */
  #moment(at: Millis): Millis {
    this.#lastMoment = Math.max(this.#lastMoment, at);
    return this.#lastMoment;
  }

  get #logsEvents(): boolean {
    return this.#options.format === "ndjson" || this.#eventsFile !== undefined;
  }

  #printLines(
    stream: Stream,
    block: LineBlock,
    now = this.#options.clock.now(),
  ): (Promise<void> | undefined)[] {
    const waits: (Promise<void> | undefined)[] = [];
    if (this.#options.format === "text" && !stream.unchanged) {
      const bytes = stream.prefix.length === 0 && !block.partial
        ? block.bytes
        : prefixLines(block, stream.prefix);
      waits.push(stream.writer.push(this.#fit(stream.writer, bytes)));
    }
    if (this.#logsEvents) {
      const at = this.#moment(now);
      const moment = { at, wallMs: this.#options.clock.wallTime(at) };
      const lines = this.#encoder.encode(formatOutput(stream.source, block, moment));
      if (this.#options.format === "ndjson") {
        waits.push(this.#stdout.push(this.#fit(this.#stdout, lines)));
      }
      if (this.#eventsFile !== undefined) waits.push(this.#eventsFile.push(lines));
    }
    return waits;
  }

  /** The lines of a run come after its start. */
  #release(container: ContainerStreams): void {
    const { held = [] } = container;
    container.held = undefined;
    for (const { stream, chunk, goOn } of held) {
      void this.#print(container, stream, chunk).then(goOn);
    }
  }

  /** The lines of a run come before its end. */
  #endLines(container: ContainerStreams, at: Millis): void {
    for (const stream of [container.stdout, container.stderr]) {
      const block = stream.lines.end();
      if (block !== undefined) this.#printLines(stream, block, at);
    }
  }

  /** A container that is being stopped does not wait for a reader that has stopped. */
  #noteStop(container: ContainerStreams, { type, at }: RunEvent): void {
    if (type === "container.killing") {
      container.stopWatch ??= setInterval(() => {
        const writers = [container.stdout.writer, container.stderr.writer, this.#eventsFile];
        if (writers.every((it) => it === undefined || it.stalledMs < STALL_MS)) return;
        for (const goOn of container.waiters) goOn();
      }, STALL_MS / 10);
    } else if (type === "container.exited") {
      this.#endLines(container, at);
      endStopWatch(container);
      container.held ??= [];
    }
  }

  #pushEvent(writer: AsyncWriter | undefined, line: Uint8Array): void {
    if (writer === undefined) return;
    if (writer.pendingBytes < EVENT_BACKLOG_BYTES) void writer.push(this.#fit(writer, line));
    else this.#droppedEvents++;
  }

  /** A line of our own on standard error, on a line of its own and after the output that came before it. */
  #say(text: string): void {
    const { stdout, stderr } = this.#options;
    const sameScreen = stdout.terminal && stderr.terminal && this.#midLine.stdout;
    const newline = this.#midLine.stderr || sameScreen ? "\n" : "";
    this.#midLine = { stdout: sameScreen ? false : this.#midLine.stdout, stderr: false };
    const after = this.#stdout.pendingBytes === 0
      ? undefined
      : orAfter(ORDER_PATIENCE_MS, this.#stdout.flushed());
    const bytes = this.#encoder.encode(`${newline}${text}\n`);
    void this.#stderr.push(this.#fit(this.#stderr, bytes), after);
  }

  /** Lines of a writer, as its terminal has to have them now. */
  #fit(writer: AsyncWriter, lines: Uint8Array): Uint8Array {
    if (!this.#options.isRaw?.()) return lines;
    const { stdout, stderr } = this.#options;
    const terminal = (writer === this.#stdout && stdout.terminal) ||
      (writer === this.#stderr && stderr.terminal);
    return terminal ? withReturns(lines) : lines;
  }
}

/** To name a function of Node's timers is to load them, which a run that was never told to stop can do without. */
function endStopWatch(container: ContainerStreams): void {
  if (container.stopWatch !== undefined) clearInterval(container.stopWatch);
  delete container.stopWatch;
}

const NEWLINE = 10;

/** As short as tells all apart. */
function chooseNaming(pods: readonly Pod[]): Naming {
  if (pods.length === 1) return "container";
  return new Set(pods.map(({ metadata }) => metadata?.name)).size === pods.length
    ? "pod"
    : "namespace";
}

function podName(pod: Pod): string {
  return `${pod.metadata?.namespace || "default"}/${pod.metadata?.name ?? ""}`;
}

function key(uid: string, container: string): string {
  return `${uid}/${container}`;
}

/** The containers of a pod, in the order in which they start, with what they are to it. */
function containersOf(
  pod: Pod,
): readonly { readonly name: string; readonly role: ContainerRole }[] {
  const inits = (pod.spec?.initContainers ?? []).map(({ name, restartPolicy }) => ({
    name,
    role: restartPolicy === "Always" ? "sidecar" as const : "init" as const,
  }));
  const mains = (pod.spec?.containers ?? []).map(({ name }) => ({ name, role: "app" as const }));
  return [...inits, ...mains];
}

/** Resolves when the writer's reader has taken nothing for {@link STALL_MS}. */
function whenStalled(writer: AsyncWriter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (writer.stalledMs < STALL_MS) return;
      clearInterval(timer);
      resolve();
    }, STALL_MS / 10);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  });
}

/** Resolves with the promise, or after that much wall time. */
async function orAfter(ms: number, promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
