/** Runs a plan on this machine, within this process: what `run`, `check` and experiments share. */
import { claimsOf } from "../../api/scheduling/host_ports.ts";
import { findInPods, MANAGING_KINDS } from "../../api/kinds/kinds.ts";
import type { ManifestError } from "../../api/manifest/manifest.ts";
import { allContainers } from "../../api/pod_containers.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { type Clock, scaledClock, systemClock } from "../../base/clock.ts";
import { loadControllers, loadScheduling, loadServiceProxy } from "../../cluster.ts";
import { DEFAULT_PATH } from "../../node/config/container_config.ts";
import { type IsolationReport, readIsolation } from "../../runtime/linux/isolation.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../../runtime/linux/linux_runtime.ts";
import type { RuntimePlan } from "../../runtime/linux/runtime_plan.ts";
import {
  type Applets,
  hasApplets,
  readApplets,
  withApplet,
} from "../../runtime/machine/applets.ts";
import { findProgram } from "../../runtime/machine/executable.ts";
import {
  openRememberedFacts,
  type RememberedFacts,
} from "../../runtime/machine/remembered_facts.ts";
import type { OptionValues } from "../arguments/option_table.ts";
import type { runOptions } from "../arguments/options.ts";
import {
  describeSeparation,
  describeSupport,
  mountsFolders,
  planMachine,
} from "../machine/machine_plan.ts";
import {
  asUsageError,
  fromMachine,
  readHome,
  readNodeFacts,
  withNodeOptions,
} from "../machine/node_facts.ts";
import {
  findRefusedFields,
  findUnsupportedFields,
  type RunSupport,
} from "../manifest/isolation_check.ts";
import { anyEnding } from "../manifest/any_ending.ts";
import { everyObject, locateAll, type Plan } from "../manifest/plan.ts";
import { resolveImage } from "../manifest/image.ts";
import { describeDiscarded } from "../output/discarded_files.ts";
import { describeOtherShell } from "../output/other_shell.ts";
import { PodRun } from "../run/pod_run.ts";
import type { RunEnvironment } from "../run/run_environment.ts";
import { readWindowSize } from "../terminal/user_terminal.ts";

/** The options of `run`. */
export type RunCommandOptions = OptionValues<typeof runOptions>;

/** What is known of this machine, for all runs of this process. */
export interface Machine {
  readonly remembered: RememberedFacts;
  /** Rejects where the machine can run nothing. */
  readonly report: Promise<IsolationReport>;
}

/** Looks at this machine: it starts a process that tries, no more. */
export function lookAtMachine(): Machine {
  const remembered = openRememberedFacts();
  const report = readIsolation(remembered);
  report.catch(() => {}); // Reported where it is awaited, if the manifests come that far.
  return { remembered, report };
}

/** The program of an image, by the options and the table of well-known ones. */
export function imageResolver(
  { image }: Pick<RunCommandOptions, "image">,
): (image: string) => readonly string[] | undefined {
  const images = new Map(image.map(({ image, argv }) => [image, argv]));
  return (image) => resolveImage(image, images);
}

/** Whether this machine has a program. */
export function hasProgram(name: string): boolean {
  return findProgram(name, DEFAULT_PATH) !== undefined;
}

/** What is the caller's of a run's environment: files, streams, and observers. */
export type RunPlace = Pick<
  RunEnvironment,
  | ("fileMode" | "createTerminal" | "stdout" | "stderr" | "names" | "waitsForStuck")
  | ("onRunEvent" | "onOver" | "onPodAdded" | "onPodChange" | "onSubmitted")
>;

/** What a run on this machine is made of beside its plan. */
export interface MachineRunRequest {
  readonly options: RunCommandOptions;
  readonly machine: Machine;
  /** Where the person stands, absolute. */
  readonly directory: string;
  /** Called once nothing refuses the plan. */
  readonly openPlace: (clock: Clock) => Promise<RunPlace>;
}

/** A run that has been prepared; nothing of it has started. */
export interface MachineRun {
  readonly run: PodRun;
  /** Removes what is left of it. */
  close(): Promise<void>;
}

/**
 * Prepares a run of a plan without errors.
 *
 * @returns what this machine refuses of the plan, instead.
 * @throws {UsageError} what this machine cannot do at all.
 */
export async function openMachineRun(
  plan: Plan,
  { options, machine, directory, openPlace }: MachineRunRequest,
): Promise<MachineRun | readonly ManifestError[]> {
  const reading = readAppletsFor(plan, machine.remembered);
  reading.catch(() => {}); // Reported where it is awaited, too.
  const clock = scaledClock(systemClock(), options.speed);
  const objects = everyObject(plan);
  const managing = objects.filter(({ kind }) => MANAGING_KINDS.includes(kind));
  const hasServices = objects.some(({ kind }) => kind === "Service");
  const { runtimePlan, shares } = await planMachine(machine.report, options, {
    directory,
    remembered: machine.remembered,
    prefersPodNetwork: managing.length > 0 || hasServices,
    hasServices,
  });
  const support = describeSupport(runtimePlan);
  const refused = [
    ...findRefused(plan, support),
    ...await findTaken(plan, runtimePlan),
    ...hasServices ? await findForeignAddresses(plan, runtimePlan) : [],
  ];
  if (refused.length > 0) return refused;
  const warnings = [
    ...plan.warnings,
    ...describeSeparation(runtimePlan, options),
    ...shares === undefined ? [] : await describeShared(managing, shares),
    ...managing.length === 0 ? [] : await describeMany(managing),
    ...managing.length === 0 ? [] : await adviseOnLasting(managing, options),
    ...hasServices ? await describeServices(objects, runtimePlan) : [],
  ];
  const applets = await fromMachine(reading);
  const startControllers = await loadControllers(objects);
  const node = withNodeOptions(readNodeFacts(), options);
  const scheduling = await loadScheduling(objects, node);
  const startServiceProxy = runtimePlan.services && await loadServiceProxy(objects);
  const place = await openPlace(clock);
  let runtime: LinuxRuntime | undefined;
  try {
    const run = new PodRun(plan, options, {
      ...place,
      clock,
      directory,
      speed: options.speed,
      timeoutClock: systemClock(),
      createRuntime: (listener) =>
        runtime = createLinuxRuntime(runtimePlan, {
          clock,
          terminalSize: readWindowSize,
          onNoSandbox: () => machine.remembered.forget(),
        }, listener),
      resolveImage: imageResolver(options),
      resolveCommand: applets &&
        ((image, argv) => hasApplets(image) ? withApplet(argv, applets) : argv),
      user: support.user,
      home: readHome(),
      newUid: () => crypto.randomUUID(),
      node,
      scheduling,
      startsAtOnce: 2 * navigator.hardwareConcurrency,
      warnings,
      newEnding: anyEnding,
      newNameEnding: anyEnding,
      startControllers,
      ...runtimePlan.services && {
        startServiceProxy,
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
    return { run, close: async () => await runtime?.close() };
  } catch (error) {
    await runtime?.close();
    throw asUsageError(error);
  }
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

/** What is left of the Pods' files, or was discarded with them; undefined if there is nothing. */
function describeRemains(
  { keptDirectory, discarded }: LinuxRuntime,
  { quiet }: Pick<RunCommandOptions, "quiet">,
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
  const { describeSharedPorts } = await import("../manifest/shared_ports.ts");
  return describeSharedPorts(objects, why);
}

async function describeMany(objects: readonly KubernetesObject[]) {
  const { describeManyPods, NODE_BOUND } = await import("../manifest/many_pods.ts");
  return describeManyPods(objects, NODE_BOUND);
}

/** For a person who waits for an end: a script knows what it does. */
async function adviseOnLasting(
  objects: readonly KubernetesObject[],
  { quiet, output, until, timeout, watch, delete: deletions }: RunCommandOptions,
) {
  const isEnding = until !== undefined || timeout !== undefined || deletions.length > 0;
  if (!Deno.stderr.isTerminal() || quiet || watch || isEnding || output !== "text") return [];
  const { describeLasting } = await import("../manifest/lasting_objects.ts");
  return describeLasting(objects);
}

async function findForeignAddresses(
  { documents, objects }: Plan,
  plan: RuntimePlan,
): Promise<ManifestError[]> {
  const { findRefusedAddresses } = await import("../manifest/service_reach.ts");
  return documents.flatMap((document) =>
    locateAll(document, findRefusedAddresses(objects.get(document)!, plan))
  );
}

async function describeServices(objects: readonly KubernetesObject[], plan: RuntimePlan) {
  const { describeReach } = await import("../manifest/service_reach.ts");
  return describeReach(objects, plan);
}

async function findTaken(
  { documents, objects }: Plan,
  { network }: RuntimePlan,
): Promise<ManifestError[]> {
  const claiming = documents.filter((it) => findInPods(objects.get(it)!, claimsOf).length > 0);
  if (claiming.length === 0) return [];
  // Only pods with host ports pay for it.
  const { findTakenPorts } = await import("../manifest/taken_ports.ts");
  return claiming.flatMap((document) =>
    locateAll(
      document,
      findInPods(objects.get(document)!, (pod) => findTakenPorts(pod, network)),
    )
  );
}
