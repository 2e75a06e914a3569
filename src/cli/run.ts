/** `run MANIFEST…`: Pods in the foreground until they are done. */
import { type Clock, scaledClock, systemClock } from "../base/clock.ts";
import { DEFAULT_PATH } from "../node/config/container_config.ts";
import { type Applets, hasApplets, readApplets, withApplet } from "../runtime/machine/applets.ts";
import { resolveImage } from "./manifest/image.ts";
import { readIsolation } from "../runtime/linux/isolation.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../runtime/linux/linux_runtime.ts";
import { findProgram } from "../runtime/machine/executable.ts";
import { openRememberedFacts, type RememberedFacts } from "../runtime/machine/remembered_facts.ts";
import type { RuntimePlan } from "../runtime/linux/runtime_plan.ts";
import { loadControllers, loadScheduling, loadServiceProxy } from "../cluster.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { findInputReader, readWindowSize, UserTerminal } from "./terminal/user_terminal.ts";
import { exitStatus } from "./run/exit_status.ts";
import { describeDiscarded } from "./output/discarded_files.ts";
import { describeOtherShell } from "./output/other_shell.ts";
import {
  describeSeparation,
  describeSupport,
  mountsFolders,
  planMachine,
} from "./machine/machine_plan.ts";
import { type EndingRun, isHangupIgnored, watchSignals } from "./machine/signals.ts";
import { claimsOf } from "../api/scheduling/host_ports.ts";
import {
  findRefusedFields,
  findUnsupportedFields,
  type RunSupport,
} from "./manifest/isolation_check.ts";
import { readUserDirectory } from "./terminal/launchers.ts";
import {
  asUsageError,
  fromMachine,
  readHome,
  readNodeFacts,
  withNodeOptions,
} from "./machine/node_facts.ts";
import { anyEnding } from "./manifest/any_ending.ts";
import { formatManifestErrors } from "./manifest/manifests.ts";
import type { ManifestError } from "../api/manifest/manifest.ts";
import { type OptionValues, runOptions } from "./arguments/options.ts";
import { watchOutputReader } from "./output/output_reader.ts";
import { findInPods, MANAGING_KINDS } from "../api/kinds/kinds.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import { allContainers } from "../api/pod_containers.ts";
import { everyObject, locateAll, type Plan, readPlan } from "./manifest/plan.ts";
import type { LiveView } from "./terminal/live_view.ts";
import { PodRun } from "./run/pod_run.ts";
import { standardStream } from "./output/run_writers.ts";
import { printError } from "./output/print.ts";

type RunOptions = OptionValues<typeof runOptions>;

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
  const manifests = [...options.filename, ...operands];
  // Both change as soon as the runtime is there.
  const fileMode = 0o666 & ~Deno.umask();
  const ignored = isHangupIgnored() ? ["SIGHUP"] : [];
  // The machine is looked at while the manifests are read: it starts a process that tries, no more.
  const remembered = openRememberedFacts();
  const report = readIsolation(remembered);
  report.catch(() => {}); // Reported where it is awaited, if the manifests come that far.
  const directory = readUserDirectory(project);
  const images = new Map(options.image.map(({ image, argv }) => [image, argv]));
  const imageOf = (image: string) => resolveImage(image, images);
  const plan = await readPlan(manifests, { options, directory, resolveImage: imageOf, hasProgram });
  if (plan.errors.length > 0) return await refuse(plan.errors);

  const reading = readAppletsFor(plan, remembered);
  reading.catch(() => {}); // Reported where it is awaited, too.
  const clock = scaledClock(systemClock(), options.speed);
  const managing = everyObject(plan).filter(({ kind }) => MANAGING_KINDS.includes(kind));
  const hasServices = everyObject(plan).some(({ kind }) => kind === "Service");
  const { runtimePlan, shares } = await planMachine(report, options, {
    directory,
    remembered,
    prefersPodNetwork: managing.length > 0 || hasServices,
    hasServices,
  });
  const support = describeSupport(runtimePlan);
  const refused = [
    ...findRefused(plan, support),
    ...await findTaken(plan, runtimePlan),
    ...hasServices ? await findForeignAddresses(plan, runtimePlan) : [],
  ];
  if (refused.length > 0) return await refuse(refused);
  const warnings = [
    ...plan.warnings,
    ...describeSeparation(runtimePlan, options),
    ...shares === undefined ? [] : await describeShared(managing, shares),
    ...managing.length === 0 ? [] : await describeMany(managing),
    ...managing.length === 0 ? [] : await adviseOnLasting(managing, options),
    ...hasServices ? await describeServices(everyObject(plan), runtimePlan) : [],
  ];
  const applets = await fromMachine(reading);
  const startControllers = await loadControllers(everyObject(plan));
  const node = withNodeOptions(readNodeFacts(), options);
  const view = options.watch ? await openView(plan, clock) : undefined;
  let runtime: LinuxRuntime | undefined;
  try {
    const run = new PodRun(plan, options, {
      clock,
      speed: options.speed,
      timeoutClock: systemClock(),
      createRuntime: (listener) =>
        runtime = createLinuxRuntime(runtimePlan, {
          clock,
          terminalSize: readWindowSize,
          onNoSandbox: () => remembered.forget(),
        }, listener),
      createTerminal: (warn) => new UserTerminal({ isManifest: manifests.includes("-"), warn }),
      resolveImage: imageOf,
      resolveCommand: applets &&
        ((image, argv) => hasApplets(image) ? withApplet(argv, applets) : argv),
      user: support.user,
      home: readHome(),
      newUid: () => crypto.randomUUID(),
      node,
      scheduling: await loadScheduling(everyObject(plan), node),
      startsAtOnce: 2 * navigator.hardwareConcurrency,
      directory,
      stdout: view?.stdout ?? standardStream(Deno.stdout),
      stderr: view?.stderr ?? standardStream(Deno.stderr),
      onRunEvent: (event) => view?.add(event),
      onOver: async () => await view?.close(),
      fileMode,
      warnings,
      newEnding: anyEnding,
      newNameEnding: anyEnding,
      startControllers,
      ...runtimePlan.services && {
        startServiceProxy: await loadServiceProxy(everyObject(plan)),
        ranges: { serviceAddresses: runtimePlan.services.range },
      },
      mountsFolders: mountsFolders(runtimePlan),
      unsupportedFieldsOf: (pod) => findUnsupportedFields(pod, support),
      closingLines: (pods) =>
        runtime === undefined ? [] : [
          options.quiet || applets !== undefined ? undefined : describeOtherShell(pods),
          describeRemains(runtime, options),
        ].filter((it) => it !== undefined),
    });
    return await finish(run, ignored);
  } catch (error) {
    throw asUsageError(error);
  } finally {
    await runtime?.close();
  }
}

/** The view of `--watch`; undefined where there is no terminal, or a container has it. */
async function openView({ templates }: Plan, clock: Clock): Promise<LiveView | undefined> {
  const stderr = standardStream(Deno.stderr);
  const reader = findInputReader(templates);
  if (!stderr.terminal || (reader?.tty && Deno.stdin.isTerminal())) return undefined;
  const { LiveView } = await import("./terminal/live_view.ts");
  return new LiveView({ stdout: standardStream(Deno.stdout), stderr, clock });
}

/** Whether this machine has a program. */
function hasProgram(name: string): boolean {
  return findProgram(name, DEFAULT_PATH) !== undefined;
}

/** The applets of this machine, if a container has an image that consists of them. */
async function readAppletsFor(
  { templates }: Plan,
  remembered: RememberedFacts,
): Promise<Applets | undefined> {
  const isAsked = templates.some((pod) =>
    allContainers(pod).some(({ image = "" }) => hasApplets(image))
  );
  return isAsked ? await readApplets(DEFAULT_PATH, remembered) : undefined;
}

/** Waits for the end of a run, which a signal or the end of its reader brings about earlier. */
async function finish(run: PodRun, ignored: readonly string[]): Promise<number> {
  const over = new AbortController();
  const ending: EndingRun = {
    endGracefully: (signal) => run.endGracefully({ type: "signal", signal }),
    endNow: () => run.endNow(),
  };
  watchSignals(ending, { over: over.signal, ignored });
  void watchOutputReader(over.signal).then((gone) =>
    gone && run.endGracefully({ type: "outputClosed" })
  );
  const status = await run.finish();
  over.abort();
  return status;
}

/** What is left of the Pods' files, or was discarded with them; undefined if there is nothing. */
function describeRemains(
  { keptDirectory, discarded }: LinuxRuntime,
  { quiet }: Pick<RunOptions, "quiet">,
): string | undefined {
  if (keptDirectory !== undefined) return `The pod's files are kept in ${keptDirectory}`;
  return quiet ? undefined : describeDiscarded(discarded);
}

function findRefused({ documents, objects }: Plan, support: RunSupport): ManifestError[] {
  return documents.flatMap((document) =>
    locateAll(
      document,
      findInPods(objects.get(document)!, (pod) => findRefusedFields(pod, support)),
    )
  );
}

async function describeShared(objects: readonly KubernetesObject[], why: string) {
  const { describeSharedPorts } = await import("./manifest/shared_ports.ts");
  return describeSharedPorts(objects, why);
}

async function describeMany(objects: readonly KubernetesObject[]) {
  const { describeManyPods, NODE_BOUND } = await import("./manifest/many_pods.ts");
  return describeManyPods(objects, NODE_BOUND);
}

/** For a person who waits for an end: a script knows what it does. */
async function adviseOnLasting(
  objects: readonly KubernetesObject[],
  { quiet, output, until, timeout, watch, delete: deletions }: RunOptions,
) {
  const isEnding = until !== undefined || timeout !== undefined || deletions.length > 0;
  if (!Deno.stderr.isTerminal() || quiet || watch || isEnding || output !== "text") return [];
  const { describeLasting } = await import("./manifest/lasting_objects.ts");
  return describeLasting(objects);
}

async function findForeignAddresses(
  { documents, objects }: Plan,
  plan: RuntimePlan,
): Promise<ManifestError[]> {
  const { findRefusedAddresses } = await import("./manifest/service_reach.ts");
  return documents.flatMap((document) =>
    locateAll(document, findRefusedAddresses(objects.get(document)!, plan))
  );
}

async function describeServices(objects: readonly KubernetesObject[], plan: RuntimePlan) {
  const { describeReach } = await import("./manifest/service_reach.ts");
  return describeReach(objects, plan);
}

async function findTaken(
  { documents, objects }: Plan,
  { network }: RuntimePlan,
): Promise<ManifestError[]> {
  const claiming = documents.filter((it) => findInPods(objects.get(it)!, claimsOf).length > 0);
  if (claiming.length === 0) return [];
  // Only pods with host ports pay for it.
  const { findTakenPorts } = await import("./manifest/taken_ports.ts");
  return claiming.flatMap((document) =>
    locateAll(
      document,
      findInPods(objects.get(document)!, (pod) => findTakenPorts(pod, network)),
    )
  );
}

async function refuse(errors: readonly ManifestError[]): Promise<number> {
  await printError(formatManifestErrors(errors).join("\n"));
  return exitStatus.undecided;
}
