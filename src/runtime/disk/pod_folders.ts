/** Makes what the containers of a pod have in common on the node. */
import { exists, readTextIfPresent } from "../../base/files.ts";
import type { PodFolders } from "../view/view_base.ts";
import { formatHostsFile } from "../network/hosts_file.ts";
import {
  clusterSearches,
  formatReachableResolvConf,
  formatResolvConf,
} from "../network/resolv_conf.ts";
import type { IsolationLevel, PodSandboxConfig } from "../config.ts";
import type { RunFolders } from "../machine/state_dir.ts";

/** Where containers find the pod's working directory, when it is a new one. */
const POD_WORKDIR = "/pod";
/** What that is called in the folder of the pod. */
export const OWN_WORKDIR = "work";

/** The machine's own. */
const MACHINE_SHM = "/dev/shm";

/** The network's entries in a pod's files. */
export interface NetworkFacts {
  /** The pod's address. */
  readonly podIP: string;
  /** Undefined: the node's. */
  readonly nameserver: string | undefined;
  /** Its network is the machine's. */
  readonly sharesNetwork: boolean;
  /** Where names of Services are answered; undefined where none are. */
  readonly clusterDns: string | undefined;
}

/** How a run has it. */
export interface PodFolderOptions {
  /** Where they are made. */
  readonly folders: RunFolders;
  /** How far containers are kept apart. */
  readonly level: IsolationLevel;
  /** Containers see a private root. */
  readonly privateRoot: boolean;
  /** The pods' shared working directory; undefined: a new one for each pod. */
  readonly workdir: string | undefined;
}

/** Makes the folders of a pod, those that are there included. */
export function makePodFolders(
  config: PodSandboxConfig,
  { podIP, nameserver, sharesNetwork, clusterDns }: NetworkFacts,
  options: PodFolderOptions,
  volumes: ReadonlyMap<string, string>,
): PodFolders & { readonly folder: string } {
  const { data, memory } = options.folders;
  const folder = `${data}/pods/${config.podUid}`;
  const workdir = options.workdir ?? `${folder}/${OWN_WORKDIR}`;
  const isSandbox = options.level === "sandbox";
  const sharesIPC = config.hostIPC && exists(MACHINE_SHM);
  const shm = sharesIPC ? MACHINE_SHM : `${memory}/pods/${config.podUid}/shm`;
  if (options.workdir === undefined) {
    Deno.mkdirSync(workdir, { recursive: true });
    // Every user of a container can write.
    Deno.chmodSync(workdir, 0o777);
  }
  if (isSandbox && !sharesIPC) {
    Deno.mkdirSync(shm, { recursive: true });
    Deno.chmodSync(shm, 0o1777);
  }
  const nodeHosts = config.hostNetwork ? readTextIfPresent("/etc/hosts") ?? "" : "";
  const nodeFile = readTextIfPresent("/etc/resolv.conf") ?? "";
  const isOwn = options.workdir === undefined && isSandbox && options.privateRoot;
  return {
    folder,
    workdir: Deno.realPathSync(workdir),
    workdirPath: isOwn ? POD_WORKDIR : workdir,
    hostNetwork: sharesNetwork,
    hostIPC: config.hostIPC,
    shm,
    hostname: config.hostNetwork ? Deno.hostname() : config.hostname,
    hosts: formatHostsFile(config, podIP, nodeHosts),
    resolvConf: formatResolvConf(
      config.dns,
      nameserver === undefined ? nodeFile : formatReachableResolvConf(nodeFile, nameserver),
      clusterDns === undefined
        ? undefined
        : { nameserver: clusterDns, searches: clusterSearches(config.namespace) },
    ),
    volumes,
  };
}
