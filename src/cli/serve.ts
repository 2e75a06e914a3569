/** `serve`: the node with its Kubernetes API, for kubectl. */
import settings from "../../deno.json" with { type: "json" };
import { keptDefinitions } from "../api/custom/kept_kinds.ts";
import { ignoredFields, unsupportedFields } from "../api/field_support.ts";
import { loadRules } from "../api/kinds/strategy/late_rules.ts";
import { findInPods, KINDS } from "../api/kinds/kinds.ts";
import { createScheduling } from "../api/scheduling/scheduling.ts";
import { ranUid } from "../api/scheduling/static_pod.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { ObjectFinder } from "../apiserver/identity/claims.ts";
import { ServiceTokens } from "../apiserver/identity/tokens.ts";
import { prepareHandshakes } from "../apiserver/identity/key_pair.ts";
import type { MachineAdvice } from "../apiserver/resource/context.ts";
import { scaledClock, systemClock } from "../base/clock.ts";
import { escapeControls } from "../base/control_characters.ts";
import { lineLogger } from "../base/log.ts";
import { MetricSet } from "../base/metrics/metric_set.ts";
import { UsageError } from "../base/usage_error.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { startControllers } from "../controllers/wiring/controllers.ts";
import { DEFAULT_PATH } from "../node/config/container_config.ts";
import { generateNode } from "../node/config/node_object.ts";
import { EventObjects } from "../node/event_objects.ts";
import { startServiceProxy } from "../node/proxy/service_proxy.ts";
import { startPodApi } from "../node/sources/start_pod_api.ts";
import { NodeMetrics } from "../node/server/node_metrics.ts";
import { createNodeHandler } from "../node/server/node_server.ts";
import { readIsolation } from "../runtime/linux/isolation.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../runtime/linux/linux_runtime.ts";
import { hasApplets, readApplets, withApplet } from "../runtime/machine/applets.ts";
import { hostAddress } from "../runtime/machine/host_address.ts";
import { readMachineUsage } from "../runtime/machine/machine_usage.ts";
import { stateRoots } from "../runtime/machine/state_dir.ts";
import { openRememberedFacts } from "../runtime/machine/remembered_facts.ts";
import { API_ADDRESSES, apiAddressOf } from "../runtime/service/service_plan.ts";
import { ManagedClient } from "../store/managed_client.ts";
import type { Registry } from "../store/registry.ts";
import { ChangeHistory } from "../store/history.ts";
import { StorageError } from "../store/journal.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { serveOptions } from "./arguments/options.ts";
import {
  describeSeparation,
  describeSupport,
  mountsFolders,
  planMachine,
} from "./machine/machine_plan.ts";
import { isHangupIgnored } from "./machine/signals.ts";
import { readCredentials } from "./serving/credentials.ts";
import { openDoor } from "./serving/door.ts";
import { enterNode, fillNamespaces } from "./serving/first_objects.ts";
import type { KeptStore, KeptStoreOptions } from "./serving/kept_objects.ts";
import { ApiForPods } from "./serving/api_for_pods.ts";
import { API_NAMES, chooseApiPort, findApiAddress, offerApi } from "./serving/api_service.ts";
import { admitWithAccount } from "./serving/pod_admission.ts";
import { keepAlive, liveNode, readSystemInfo } from "./serving/live_node.ts";
import { addProcessMetrics } from "./serving/process_metrics.ts";
import { addQueueMetrics } from "./serving/queue_metrics.ts";
import { startStaticPods } from "./serving/static_pods.ts";
import { waitForEnd } from "./serving/ending.ts";
import { quoteWord, writeKubeconfig } from "./serving/kubeconfig_file.ts";
import {
  describeEnding,
  describeUse,
  findUserShell,
  startUserShell,
} from "./serving/user_shell.ts";
import { resolvePath } from "./manifest/paths.ts";
import { resolveImage } from "./manifest/image.ts";
import {
  findRefusedFields,
  findUnsupportedFields,
  type RunSupport,
} from "./manifest/isolation_check.ts";
import { anyEnding } from "./manifest/any_ending.ts";
import {
  asUsageError,
  fromMachine,
  readHome,
  readNodeFacts,
  recallDiskSize,
} from "./machine/node_facts.ts";
import { print, printError } from "./output/print.ts";
import { patiently } from "./run/run_ending.ts";
import { computeSettings } from "./run/run_settings.ts";
import { readUserDirectory } from "./terminal/launchers.ts";

/** How many changes of a kind a watch may have missed; as many as Kubernetes keeps at least. */
const HISTORY_BOUND = 5000;

/** Leases are renewed all the time, and a renewal is of no use after the next one. */
const HISTORY_BOUNDS = { Lease: 100 };

/** That of Services where nothing leads to them: kubeadm's. */
const DEFAULT_SERVICE_RANGE = "10.96.0.0/12";

/** Those that a cluster begins with. */
const NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

/**
 * Serves until a signal, or until the shell of `--kubectl` ends.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function serve(words: readonly string[], project: string): Promise<number> {
  const { values: options, operands } = parseOptions(serveOptions, words);
  if (operands.length > 0) {
    throw new UsageError(`serve takes no manifest: ${operands[0]}; kubectl apply -f takes one`);
  }
  const userShell = options.kubectl ? findUserShell() : undefined;
  const ignored = isHangupIgnored() ? ["SIGHUP"] : [];
  const directory = readUserDirectory(project);
  // The machine is looked at while the store is opened: it starts a process that tries, no more.
  const remembered = openRememberedFacts();
  const report = readIsolation(remembered);
  report.catch(() => {}); // Reported where it is awaited, if the store comes that far.
  const machineClock = systemClock();
  const clock = scaledClock(machineClock, options.speed);
  const names = namesOf(options.listen.hostname);
  const log = lineLogger((line) => void warn(line));
  const facts = readNodeFacts(await recallDiskSize(remembered));
  await using store = await openStore(options, {
    directory,
    nodeName: options["node-name"],
    hostName: facts.name,
    clock,
    log,
  });
  const nodeName = store?.nodeName ?? options["node-name"] ?? facts.name;
  const [{ runtimePlan, shares }, applets, credentials] = await Promise.all([
    planMachine(report, {
      ...options,
      keep: false,
      workdir: undefined,
      "log-dir": undefined,
    }, {
      directory,
      remembered,
      prefersPodNetwork: true,
      hasServices: true,
      keptAddress: store && findApiAddress(store.kept.objects),
    }),
    fromMachine(readApplets(DEFAULT_PATH, remembered)),
    readCredentials({ names, now: clock.wallTime(clock.now()) }, store?.folder),
    loadRules(KINDS.map(({ kind }) => kind)),
  ]);
  const sharesNetwork = runtimePlan.network === "host";
  const clusterIP = apiAddressOf(runtimePlan.services?.range ?? DEFAULT_SERVICE_RANGE);
  for (const line of describeSeparation(runtimePlan, options)) await warn(line);
  if (shares !== undefined && runtimePlan.level === "sandbox") {
    await warn(`Pods share the machine's network: ${shares}`);
  }

  let runtime: LinuxRuntime | undefined;
  const history = store?.history ?? new ChangeHistory(HISTORY_BOUND, { bounds: HISTORY_BOUNDS });
  const createClient = (registry: Registry, manager: string) =>
    new ManagedClient(registry, { manager, clock });
  let cluster: Cluster | undefined;
  let events: EventObjects | undefined;
  const objects: ObjectFinder = { get: (...of) => cluster?.client.get(...of) };
  const tokens = new ServiceTokens(credentials.signingKey, { clock, objects });
  const podApi = new ApiForPods({ tokens, objects, sharesNetwork });
  const metrics = new MetricSet();
  const counts = new NodeMetrics(metrics, () => runtime);
  const node = liveNode({
    ...facts,
    name: nodeName,
    labels: { ...facts.labels, "kubernetes.io/hostname": nodeName },
  }, () => cluster?.client.get("Node", "", nodeName));
  const images = new Map(options.image.map(({ image, argv }) => [image, argv]));
  const support = describeSupport(runtimePlan);
  try {
    cluster = startCluster({
      clock,
      settings: computeSettings(options, { clock, speed: options.speed }),
      createRuntime: (listener) =>
        runtime = createLinuxRuntime({ ...runtimePlan, ...store && placesOf(store) }, {
          clock,
          onNoSandbox: () => remembered.forget(),
          servesApi: true,
        }, listener),
      resolveImage: (image) => resolveImage(image, images),
      resolveCommand: (image, argv) =>
        applets !== undefined && hasApplets(image) ? withApplet(argv, applets) : argv,
      user: support.user,
      home: readHome(),
      newUid: () => crypto.randomUUID(),
      newNameEnding: anyEnding,
      admitPod: (pod) =>
        admitWithAccount(pod, objects, mountsFolders(runtimePlan) ? anyEnding() : undefined),
      startPodApi: (it) => startPodApi(podApi, it),
      namespaces: NAMESPACES,
      definitions: keptDefinitions(options["service-accounts"] === "rbac"),
      history,
      ...(store && { journal: store.journal, kept: store.kept }),
      createClient,
      startControllers,
      ...runtimePlan.services && {
        startServiceProxy: (it) => startServiceProxy({ ...it, api: podApi }),
        ranges: { serviceAddresses: runtimePlan.services.range },
      },
      node,
      scheduling: createScheduling(node),
      startsAtOnce: 2 * navigator.hardwareConcurrency,
      onLogEvent: (event) => counts.onLogEvent(event),
      onPodGone: (pod) => counts.onPodGone(pod),
      onEvent: (event) => events?.note(event),
      onOutput: () => Promise.resolve(),
      onWarning: (line) => void warn(line),
      log,
    });
    const { client, registry } = cluster;
    await runtime?.keepLogs(new Set(client.list("Pod").map(ranUid)));
    const clientOf = (manager: string) => createClient(registry, manager);
    events = new EventObjects({ client: clientOf("kubelet"), clock, nodeName, log });
    const info = readSystemInfo(settings.version);
    await enterNode(clientOf("kubelet"), generateNode(node, info, clock.wallTime(clock.now())));
    fillNamespaces(clientOf("kube-controller-manager"), credentials.certificate.cert, log);
    addProcessMetrics(metrics);
    addQueueMetrics(metrics, () => cluster!.queues());
    const over = new AbortController();
    const door = await openDoor(cluster, {
      clock,
      history,
      askNode: createNodeHandler({
        client: cluster.client,
        runtime: cluster.runtime,
        nodeName,
        readMachineUsage,
        metrics,
        clock,
        closing: over.signal,
        log,
      }),
      adviseOn: (object) => adviseOn(object, support, nodeName),
      tokens,
      rights: options["service-accounts"],
      listen: options.listen,
      names,
      credentials,
      journal: store?.journal,
      metrics,
      closing: over.signal,
      log,
    });
    const { port } = new URL(door.url);
    const apiPort = Number(port);
    podApi.open({ address: localAddressOf(options.listen.hostname), port: apiPort });
    await offerApi(clientOf("kube-apiserver"), {
      clusterIP,
      port: chooseApiPort(clusterIP, sharesNetwork, apiPort),
      endpoint: { address: facts.hostIP, port: apiPort },
      log,
    });
    const file = options.kubeconfig === undefined
      ? `${stateRoots(Deno.uid() ?? 0).data}/kubeconfig`
      : resolvePath(directory, options.kubeconfig);
    const { certificate: { cert }, token } = credentials;
    writeKubeconfig(file, { url: door.url, certificate: cert, token });
    const endStaticPods = await startStaticPods(cluster, {
      folder: options.manifests === undefined ? undefined : {
        path: resolvePath(directory, options.manifests),
        name: options.manifests,
        nodeName,
        adviseOn: (pod) => adviseOn(pod, support, nodeName),
        warn: (line) => void warn(line),
      },
      nodeName,
      clock,
      log,
    });
    const shell = userShell === undefined
      ? undefined
      : startUserShell(userShell, { kubeconfig: file, directory });
    const ended = waitForEnd(cluster, {
      over: over.signal,
      ignored,
      shell,
      beforeEnd: endStaticPods,
      onEnding: (pods) => {
        if (Deno.stderr.isTerminal()) void warn(describeEnding(pods));
      },
    });
    const life = keepAlive({
      client: clientOf("kubelet"),
      renewing: client,
      clock: machineClock,
      nodeName,
      signal: over.signal,
      log,
    });
    await print(`export KUBECONFIG=${quoteWord(file)}`);
    store?.journal.guardReserve();
    void prepareHandshakes();
    if (Deno.stderr.isTerminal()) await warn(describeUse(options.kubectl));
    const status = await ended;
    over.abort();
    await patiently(Promise.all([door.close(), cluster.stop(), life]).then(() => {}));
    return status;
  } catch (error) {
    if (error instanceof StorageError) throw new UsageError(`--data: ${error.message}`);
    throw asUsageError(error);
  } finally {
    await runtime?.close();
  }
}

/** What a runtime has in the folder of the objects. */
function placesOf({ folder: { path } }: KeptStore) {
  return { keptLogs: `${path}/logs`, hidden: path };
}

/** The objects of the server before; undefined: none are kept. */
async function openStore(
  { data, "in-memory": isInMemory }: {
    readonly data: string | undefined;
    readonly "in-memory": boolean;
  },
  { directory, ...naming }: Omit<KeptStoreOptions, "historyBound" | "historyBounds"> & {
    readonly directory: string;
  },
): Promise<KeptStore | undefined> {
  if (isInMemory && data !== undefined) {
    throw new UsageError("--data and --in-memory exclude each other: the one keeps all objects");
  }
  if (isInMemory) return undefined;
  const { openKeptObjects } = await import("./serving/kept_objects.ts");
  const path = data === undefined ? undefined : resolvePath(directory, data);
  const options = { ...naming, historyBound: HISTORY_BOUND, historyBounds: HISTORY_BOUNDS };
  return await fromMachine(openKeptObjects(path, options));
}

/** Names and addresses under which the server is reached. */
function namesOf(hostname: string): readonly string[] {
  const own = isEvery(hostname) ? hostAddress() : hostname;
  // Pods with the machine's network use its addresses.
  return [...new Set(["127.0.0.1", "localhost", "::1", own, ...API_NAMES, ...API_ADDRESSES])];
}

/** Where this machine reaches what listens there. */
function localAddressOf(hostname: string): string {
  return isEvery(hostname) ? "127.0.0.1" : hostname;
}

function isEvery(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

const NO_ADVICE: MachineAdvice = { errors: [], warnings: [] };

/** What this machine cannot give, or does not enforce, of what a client writes. */
function adviseOn(
  object: KubernetesObject,
  support: RunSupport,
  nodeName: string,
): MachineAdvice {
  // The table of fields is about the nodes of a manifest: this one is real.
  if (object.kind === "Node" && object.metadata.name === nodeName) return NO_ADVICE;
  const refused = findInPods(object, (pod) => findRefusedFields(pod, support));
  const unsupported = findInPods(object, (pod) => findUnsupportedFields(pod, support));
  return {
    errors: [...unsupportedFields(object), ...refused],
    warnings: ignoredFields(object, unsupported)
      // This API signs them.
      .filter(({ field }) => !field.endsWith(".serviceAccountToken"))
      .map(({ field, note }) => `${field} is not enforced: ${note}`),
  };
}

function warn(line: string): Promise<void> {
  return printError(`podling: ${escapeControls(line)}`);
}
