/** `run MANIFEST…`: Pods in the foreground until they are done; the contract's `run`. */
import { type FieldError, forbidden } from "../api/errors.ts";
import { ignoredFields } from "../api/field_support.ts";
import type { KubernetesObject } from "../api/kinds.ts";
import type { Pod } from "../api/pod.ts";
import { type Clock, scaledClock, systemClock } from "../base/clock.ts";
import { lineLogger } from "../base/log.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { defaultSettings, type LifecycleSettings } from "../lifecycle/record.ts";
import type { LogEvent } from "../lifecycle/log_event.ts";
import type { PodProgress } from "../node/pod_worker.ts";
import type { ImageUser } from "../node/security_config.ts";
import { resolveImage } from "../runtime/image.ts";
import { type IsolationReport, readIsolation } from "../runtime/isolation.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../runtime/linux_runtime.ts";
import { type IsolationLevel, RuntimeError, type RuntimeListener } from "../runtime/runtime.ts";
import { parseOptions } from "./arguments.ts";
import {
  computeExitStatus,
  type ContainerExit,
  endingSignals,
  exitStatus,
  type RunEnd,
} from "./exit_status.ts";
import { claimsOf, findPortClashes } from "./host_ports.ts";
import { findShortfalls, findUnkeptFields, type RunSupport } from "./isolation_check.ts";
import { readUserDirectory, watchLaunchers } from "./launchers.ts";
import { readHome, readNodeFacts } from "./machine.ts";
import {
  checkDocuments,
  describeFailure,
  findWarnings,
  formatManifestErrors,
  loadManifests,
  type ManifestError,
  type SourceDocument,
} from "./manifests.ts";
import { type OptionValues, runOptions } from "./options.ts";
import { Output, type OutputTarget } from "./output.ts";
import { allContainers, applyOverrides } from "./overrides.ts";
import { resolvePath } from "./paths.ts";
import { StatusFile } from "./status_file.ts";
import { UsageError } from "./usage_error.ts";
import { parseEnvFile, type UntilCondition } from "./values.ts";

/** How long the end may take where nobody waits for grace any more. */
const STOP_PATIENCE_MS = 5000;

type RunOptions = OptionValues<typeof runOptions>;

/** Signals closer together than this count as one: `deno task` repeats what the terminal has already sent. */
const SIGNAL_SPACING_MS = 1000;

/**
 * Runs the manifests' Pods.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function run(words: readonly string[], project: string): Promise<number> {
  const { values: options, operands } = parseOptions(runOptions, words);
  // The machine is looked at while the manifests are read: it starts a process that tries, no more.
  const report = readIsolation();
  report.catch(() => {}); // Told where it is awaited, if the manifests come that far.
  const directory = readUserDirectory(project);
  const loaded = await loadManifests(operands, directory);
  const plan = planRun(loaded.documents, options, directory);
  const errors = [...loaded.errors, ...plan.errors];
  if (errors.length > 0) return refuse(formatManifestErrors(errors));
  checkPods(plan.pods, options);

  const clock = scaledClock(systemClock(), options.speed);
  const relay: RuntimeRelay = {};
  const warnings = findWarnings(loaded.documents);
  const runtime = await openRuntime(options, directory, { report, clock, warnings }, relay);
  try {
    const support = describeSupport(runtime, options);
    const unkept = [...findUnkept(plan, support), ...await findTaken(plan, options)];
    if (unkept.length > 0) return refuse(formatManifestErrors(unkept));
    if (options.isolation === "auto" && runtime.level !== "sandbox") {
      const { reason, remedy } = runtime.isolation;
      warnings.push(
        `Containers are not separated from the host: ${reason}${remedy ? `; ${remedy}` : ""}`,
      );
    }
    return await new Run(plan, options, directory, clock, runtime, relay, warnings).finish();
  } finally {
    await runtime.close();
  }
}

/** Where the runtime's news goes, once there is somebody to hear it. */
interface RuntimeRelay {
  listener?: RuntimeListener;
  warn?: (line: string) => void;
}

/** What is to be run, checked. */
interface Plan {
  readonly documents: readonly SourceDocument[];
  /** Each document's object, with the changes of the command line. */
  readonly objects: ReadonlyMap<SourceDocument, KubernetesObject>;
  readonly pods: readonly Pod[];
  readonly errors: readonly ManifestError[];
}

function planRun(
  documents: readonly SourceDocument[],
  options: RunOptions,
  directory: string,
): Plan {
  const variables = options["env-file"].flatMap((file) => {
    try {
      return parseEnvFile(Deno.readTextFileSync(resolvePath(directory, file)), file);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`--env-file: ${file} cannot be read: ${describeFailure(error)}`);
    }
  });
  const overrides = {
    restartPolicy: options["restart-policy"],
    variables,
    containerVariables: options["set-env"],
  };
  const originals = documents.flatMap(({ object }) => object.kind === "Pod" ? [object] : []);
  const changed = applyOverrides(originals, overrides, (name) => Deno.env.get(name));
  const changes = new Map<KubernetesObject, Pod>(
    originals.map((pod, index) => [pod, changed[index]!]),
  );
  const objects = new Map(documents.map((it) => [it, changes.get(it.object) ?? it.object]));
  const images = imageResolver(options);
  const clashes = findPortClashes(documents.map((it) => objects.get(it)!));
  const errors = [
    ...checkDocuments(documents, (it) => objects.get(it)!),
    ...documents.flatMap((it, index) => locateAll(it, clashes[index]!)),
    // A command that could not be decoded is no missing one.
    ...documents.filter(({ undecoded }) => undecoded.length === 0)
      .flatMap((it) => locateAll(it, findUnknownImages(objects.get(it)!, images))),
  ];
  return { documents, objects, pods: changed, errors };
}

/** @throws {UsageError} what only makes sense, or does not, beside these pods. */
function checkPods(pods: readonly Pod[], options: RunOptions): void {
  if (pods.length === 0) throw new UsageError("There is no Pod to run");
  const from = options["exit-code-from"];
  const known = pods.some((pod) => allContainers(pod).some(({ name }) => name === from));
  if (from !== undefined && !known) {
    throw new UsageError(`--exit-code-from: there is no container "${from}"`);
  }
}

function locateAll(
  document: SourceDocument,
  errors: readonly FieldError[],
): ManifestError[] {
  return errors.map((error) => ({ ...document.locate(error), file: document.file }));
}

function imageResolver(options: RunOptions): (image: string) => readonly string[] | undefined {
  const extra = new Map(options.image.map(({ image, argv }) => [image, argv]));
  return (image) => resolveImage(image, extra);
}

/** Nothing is pulled: a container without a command whose image nobody explains can never start. */
function findUnknownImages(
  object: KubernetesObject,
  resolve: (image: string) => readonly string[] | undefined,
) {
  if (object.kind !== "Pod") return [];
  const lists = [
    ["spec.initContainers", object.spec.initContainers ?? []],
    ["spec.containers", object.spec.containers],
  ] as const;
  return lists.flatMap(([list, containers]) =>
    containers.flatMap(({ command, image }, index) => {
      if ((command?.length ?? 0) > 0 || !image || resolve(image) !== undefined) return [];
      return [forbidden(
        `${list}[${index}].image`,
        `no program is known for the image ${JSON.stringify(image)}, and none is pulled; ` +
          `give a command, or --image ${image}=ARGV`,
      )];
    })
  );
}

function describeSupport(
  { level, limits, isolation }: LinuxRuntime,
  { network }: RunOptions,
): RunSupport {
  const { privileged, namespaces } = isolation.machine;
  const { ids = "self", highestId = 0 } = namespaces ?? {};
  const users = level === "process" ? "caller" : ids === "self" ? "single" : highestId;
  return { level, network, user: imageUser(level), users, privileged, limits };
}

/** In a sandbox root, as most images have it; without one the user of this program. */
function imageUser(level: IsolationLevel): ImageUser {
  if (level === "sandbox") return { uid: 0, gid: 0 };
  return { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 };
}

function findUnkept({ documents, objects }: Plan, support: RunSupport): ManifestError[] {
  return documents.flatMap((document) => {
    const object = objects.get(document)!;
    return object.kind === "Pod" ? locateAll(document, findUnkeptFields(object, support)) : [];
  });
}

async function findTaken(
  { documents, objects }: Plan,
  { network }: RunOptions,
): Promise<ManifestError[]> {
  const pods = documents.flatMap((document) => {
    const object = objects.get(document)!;
    return object.kind === "Pod" && claimsOf(object).length > 0 ? [{ document, object }] : [];
  });
  if (pods.length === 0) return [];
  // Only pods with host ports pay for it.
  const { findTakenPorts } = await import("./taken_ports.ts");
  return pods.flatMap(({ document, object }) =>
    locateAll(document, findTakenPorts(object, network))
  );
}

function refuse(lines: readonly string[]): number {
  const bytes = new TextEncoder().encode(lines.map((it) => `${it}\n`).join(""));
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  return exitStatus.undecided;
}

async function openRuntime(
  options: RunOptions,
  directory: string,
  { report, clock, warnings }: {
    readonly report: Promise<IsolationReport>;
    readonly clock: Clock;
    readonly warnings: string[];
  },
  relay: Readonly<RuntimeRelay>,
): Promise<LinuxRuntime> {
  const { rootfs } = options;
  const workdir = openFolder("workdir", options, directory);
  const logDir = openFolder("log-dir", options, directory);
  try {
    return await createLinuxRuntime({
      isolation: options.isolation,
      network: options.network,
      report,
      keep: options.keep,
      clock,
      warn: (line) => relay.warn === undefined ? warnings.push(line) : relay.warn(line),
      ...(rootfs === undefined ? {} : { rootfs }),
      ...(workdir === undefined ? {} : { workdir }),
      ...(logDir === undefined ? {} : { logDir }),
    }, {
      onEvent: (event) => relay.listener!.onEvent(event),
      onOutput: (output) => relay.listener!.onOutput(output),
    });
  } catch (error) {
    // The machine's refusal; everything else is a fault of ours, and told as such.
    if (error instanceof RuntimeError) throw new UsageError(error.message);
    throw error;
  }
}

/**
 * The folder that an option names, made if it is not there.
 * @throws {UsageError}
 */
function openFolder(
  name: "workdir" | "log-dir",
  options: RunOptions,
  directory: string,
): string | undefined {
  const named = options[name];
  if (named === undefined) return undefined;
  const path = resolvePath(directory, named);
  try {
    Deno.mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new UsageError(`--${name}: ${named} cannot be made: ${describeFailure(error)}`);
  }
}

/** One run from the first Pod to the exit status. */
class Run {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #runtime: LinuxRuntime;
  readonly #output: Output;
  readonly #eventsFile: Deno.FsFile | undefined;
  readonly #statusFile: StatusFile | undefined;
  readonly #cluster: Cluster;
  readonly #exits: ContainerExit[] = [];
  /** Why the run is over, once it is; the first reason stays. */
  #end: RunEnd | undefined;
  /** Something of the record that was asked for could not be written. */
  #broken = false;
  #hinted = false;
  /** Ends timers and watches. */
  readonly #over = new AbortController();

  constructor(
    plan: Plan,
    options: RunOptions,
    directory: string,
    clock: Clock,
    runtime: LinuxRuntime,
    relay: RuntimeRelay,
    warnings: readonly string[],
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#clock = clock;
    this.#runtime = runtime;
    this.#eventsFile = openEventsFile(options["events-file"], directory);
    this.#output = new Output({
      format: options.output,
      quiet: options.quiet,
      prefix: options.prefix,
      stdout: standardStream(Deno.stdout),
      stderr: standardStream(Deno.stderr),
      clock,
      onFailed: (target, error) => this.#onOutputFailed(target, error),
      ...(this.#eventsFile && { eventsFile: this.#eventsFile }),
    }, plan.pods);
    this.#statusFile = this.#openStatusFile(options["status-file"], directory);
    for (const line of warnings) this.#output.warn(line);
    const warn = (line: string) => this.#output.warn(line);
    relay.warn = warn;
    this.#cluster = startCluster({
      clock,
      settings: computeSettings(options, clock),
      createRuntime: (listener) => {
        relay.listener = listener;
        return runtime;
      },
      resolveImage: imageResolver(options),
      user: imageUser(runtime.level),
      home: readHome(),
      newUid: () => crypto.randomUUID(),
      node: readNodeFacts(),
      startsAtOnce: 2 * navigator.hardwareConcurrency,
      onLogEvent: (event) => this.#onLogEvent(event),
      onOutput: (output) => this.#output.onOutput(output),
      onPodChange: () => this.#onPodChange(),
      log: lineLogger(warn),
    });
  }

  /** Starts the pods, waits for their end and tells the exit status. */
  async finish(): Promise<number> {
    const pods = this.#cluster.submit(
      [...this.#plan.objects].map(([document, object]) =>
        object.kind === "Pod" ? withHostPaths(object, document.folder) : object
      ),
    );
    for (const pod of pods) this.#output.addPod(pod);
    this.#noteIgnoredFields(pods);
    this.#watchForEnds();
    await Promise.race([
      this.#cluster.waitFor((all) => all.every(({ state }) => state !== "active")),
      this.#stopped.promise,
    ]);
    const last = this.#cluster.pods();
    const stuck = last.filter(({ state }) => state === "stuck");
    if (stuck.length > 0 && this.#end === undefined) this.#tellStuck(stuck);
    const status = this.#computeStatus(last.map(({ pod }) => pod));
    this.#tellFinished(last.map(({ pod }) => pod), status);
    this.#statusFile?.write();
    await this.#stop();
    if (this.#options.keep && this.#runtime.keptDirectory !== undefined) {
      this.#output.warn(`The pod's files are kept in ${this.#runtime.keptDirectory}`);
    }
    await this.#output.close(this.#end === undefined ? "reader" : "brief");
    this.#over.abort();
    this.#eventsFile?.close();
    return this.#broken && status === 0 ? exitStatus.undecided : status;
  }

  #computeStatus(pods: readonly Pod[]): number {
    return computeExitStatus({
      end: this.#end ?? { type: "finished" },
      pods,
      exits: this.#exits,
      policy: this.#options["exit-policy"],
      codeFrom: this.#options["exit-code-from"],
      until: this.#options.until !== undefined,
    });
  }

  /** A second signal asked for the end at once, and that has come. */
  readonly #stopped = Promise.withResolvers<void>();

  #watchForEnds(): void {
    let firstSignalAt: number | undefined;
    const onSignal = (signal: keyof typeof endingSignals) => {
      const now = performance.now();
      firstSignalAt ??= now;
      if (now - firstSignalAt >= SIGNAL_SPACING_MS) this.#endNow();
      else this.#endGracefully({ type: "signal", signal });
    };
    for (const signal of Object.keys(endingSignals) as (keyof typeof endingSignals)[]) {
      // Started by nohup: whoever did that wants it to outlive the terminal.
      if (signal === "SIGHUP" && isHangupIgnored()) continue;
      Deno.addSignalListener(signal, () => onSignal(signal));
    }
    void watchLaunchers(this.#over.signal).then((gone) => gone && onSignal("SIGHUP"));
    const { timeout } = this.#options;
    if (timeout !== undefined) this.#endAfter(timeout);
  }

  /** `--timeout` is for whoever waits: it is wall time at any speed. */
  #endAfter(timeoutMs: number): void {
    systemClock().sleepUntil(timeoutMs, this.#over.signal).then(
      () => this.#endGracefully({ type: "timeout" }),
      (error) => {
        if (!this.#over.signal.aborted) throw error;
      },
    );
  }

  /** Ends every pod as `kubectl delete` would, with its own grace. */
  #endGracefully(end: RunEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const { pod, state } of this.#cluster.pods()) {
      if (state === "done") continue;
      this.#cluster.deletePod(pod.metadata.namespace ?? "default", pod.metadata.name!);
    }
  }

  #endNow(): void {
    void this.#stop().then(() => this.#stopped.resolve());
  }

  /** What does not end in time ends with us: the pause processes and the janitor see to that. */
  async #stop(): Promise<void> {
    const late = new AbortController();
    const patience = systemClock().sleepUntil(STOP_PATIENCE_MS, late.signal).catch(() => {});
    await Promise.race([this.#cluster.stop(), patience]);
    late.abort();
  }

  #onLogEvent(event: LogEvent): void {
    this.#output.onEvent(event);
    if (event.type === "container.exited") {
      const { uid, container, exitCode } = event;
      this.#exits.push({ uid, container, exitCode });
    } else if (event.type === "container.started" && event.restartCount > 0) {
      if (event.role === "app") this.#hintRestart(event.pod, event.container);
    }
  }

  #onPodChange(): void {
    this.#statusFile?.noteChange();
    const { until } = this.#options;
    if (until === undefined || this.#end !== undefined) return;
    const pods = this.#cluster.pods();
    if (pods.every(({ pod }) => holds(pod, until))) this.#endGracefully({ type: "reached" });
  }

  /** A default that surprises: a Pod that says nothing is restarted for ever. */
  #hintRestart(podName: string, container: string): void {
    if (this.#hinted || this.#end !== undefined || this.#options["restart-policy"]) return;
    const silent = this.#plan.pods.some((pod) =>
      pod.spec.restartPolicy === undefined &&
      podName === `${pod.metadata.namespace || "default"}/${pod.metadata.name}`
    );
    if (!silent) return;
    this.#hinted = true;
    this.#output.hint(
      `Container "${container}" ended and was started again, as restartPolicy is Always by ` +
        "default; --restart-policy Never or OnFailure lets the Pod end",
    );
  }

  #noteIgnoredFields(pods: readonly Pod[]): void {
    const support = describeSupport(this.#runtime, this.#options);
    for (const [document, object] of this.#plan.objects) {
      if (object.kind !== "Pod") continue;
      const { namespace, name } = object.metadata;
      const pod = pods.find(({ metadata }) =>
        metadata.name === name && metadata.namespace === (namespace || "default")
      );
      for (const { field, note } of ignoredFields(object, findShortfalls(object, support))) {
        this.#output.onEvent({
          type: "field.ignored",
          at: this.#clock.now(),
          pod: `${namespace || "default"}/${name}`,
          uid: pod?.metadata.uid ?? "",
          message: `${field} is not enforced: ${note}`,
          field,
          ...document.positionOf(field),
        });
      }
    }
  }

  #tellStuck(stuck: readonly PodProgress[]): void {
    this.#end = { type: "undecided" };
    for (const { pod } of stuck) {
      const waiting = [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
      ].flatMap(({ name, state }) =>
        state?.waiting?.message === undefined
          ? []
          : [`container "${name}": ${state.waiting.reason}: ${state.waiting.message}`]
      );
      const events = this.#cluster.events().filter((it) =>
        it.podUid === pod.metadata.uid && it.type === "Warning"
      );
      const reasons = waiting.length > 0 ? waiting : events.slice(-1).map((it) => it.message);
      this.#output.warn(`Pod "${pod.metadata.name}" can never start: ${reasons.join("; ")}`);
    }
  }

  #tellFinished(pods: readonly Pod[], exitCode: number): void {
    for (const { metadata, status } of pods) {
      const phase = status?.phase ?? "Pending";
      const reason = status?.reason;
      this.#output.onEvent({
        type: "pod.finished",
        at: this.#clock.now(),
        pod: `${metadata.namespace}/${metadata.name}`,
        uid: metadata.uid ?? "",
        message: `Pod ${phase}${reason ? ` (${reason})` : ""}, exit status ${exitCode}`,
        phase,
        ...(reason && { reason }),
        exitCode,
      });
    }
  }

  #openStatusFile(path: string | undefined, directory: string): StatusFile | undefined {
    if (path === undefined) return undefined;
    const read = () => this.#cluster.pods().map(({ pod }) => pod);
    try {
      return new StatusFile(resolvePath(directory, path), read, (error) => {
        this.#broken = true;
        this.#output.warn(`${path} cannot be written any more: ${describeFailure(error)}`);
      });
    } catch (error) {
      throw new UsageError(`--status-file: ${path} cannot be written: ${describeFailure(error)}`);
    }
  }

  #onOutputFailed(target: "stdout" | "eventsFile", error: unknown): void {
    if (target === "stdout" && error instanceof Deno.errors.BrokenPipe) {
      return this.#endGracefully({ type: "outputClosed" });
    }
    this.#broken = true;
    const what = target === "stdout" ? "Standard output" : this.#options["events-file"];
    this.#output.warn(`${what} cannot be written any more: ${describeFailure(error)}`);
    if (target === "stdout") this.#endGracefully({ type: "undecided" });
  }
}

/** SIGHUP is the lowest bit of the mask of ignored signals. */
function isHangupIgnored(): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  return mask !== undefined && (Number.parseInt(mask.slice(-1), 16) & 1) === 1;
}

/** Whether a phase or condition of a pod is as `--until` wants it. */
export function holds(pod: Pod, until: UntilCondition): boolean {
  if (pod.status?.phase === until) return true;
  return pod.status?.conditions?.some(({ type, status }) => type === until && status === "True") ??
    false;
}

/** Relative host paths start at the manifest's folder. */
export function withHostPaths(pod: Pod, folder: string): Pod {
  if (pod.spec.volumes === undefined) return pod;
  const volumes = pod.spec.volumes.map((volume) =>
    volume.hostPath === undefined ? volume : {
      ...volume,
      hostPath: { ...volume.hostPath, path: resolvePath(folder, volume.hostPath.path) },
    }
  );
  return { ...pod, spec: { ...pod.spec, volumes } };
}

/** The wall time that a hook's answer may take, however fast lifecycle time runs. */
const ANSWER_FLOOR_MS = 1000;

function computeSettings(options: RunOptions, clock: Clock): LifecycleSettings {
  const { baseMs, maxMs } = options["crash-backoff"];
  return {
    ...defaultSettings,
    backoff: { baseMs, maxMs, resetMs: 2 * maxMs },
    // Processes run in real time, however fast the waiting goes.
    stopFloorMs: defaultSettings.stopFloorMs * options.speed,
    answerFloorMs: options.speed > 1 ? ANSWER_FLOOR_MS * options.speed : 0,
    wallZeroMs: clock.wallTime(0),
    speed: options.speed,
  };
}

function openEventsFile(path: string | undefined, directory: string): Deno.FsFile | undefined {
  if (path === undefined) return undefined;
  try {
    return Deno.openSync(resolvePath(directory, path), {
      write: true,
      create: true,
      truncate: true,
    });
  } catch (error) {
    throw new UsageError(`--events-file: ${path} cannot be written: ${describeFailure(error)}`);
  }
}

function standardStream(stream: typeof Deno.stdout | typeof Deno.stderr): OutputTarget {
  const terminal = stream.isTerminal();
  return {
    terminal,
    colour: terminal && !Deno.noColor,
    write: (bytes) => stream.write(bytes),
  };
}
