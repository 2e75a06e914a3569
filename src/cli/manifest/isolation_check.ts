/**
 * What a manifest asks for that this run cannot give: refused before anything starts, or ignored
 * with a warning; pure.
 */
import { type FieldError, unsupported } from "../../api/types/errors.ts";
import type { UnsupportedField } from "../../api/field_support.ts";
import type { Pod } from "../../api/types/pod.ts";
import { containersWithPaths } from "../../api/validate/pod/container_paths.ts";
import type { ImageUser } from "../../node/config/security_config.ts";
import { isOverMachine } from "../../runtime/launch/credentials.ts";
import type { IsolationLevel, ResourceSupport } from "../../runtime/config.ts";
import type { InputReader } from "../terminal/user_terminal.ts";

/**
 * The users that containers can have: `caller` only the user of this program; `single` any user and
 * group, but one for each container; a number: all users and groups up to it.
 */
export type UserChoice = "caller" | "single" | number;

/** What a run has. */
export interface RunSupport {
  /** How far containers are kept apart. */
  readonly level: IsolationLevel;
  /** Why there is no sandbox, where one would have been used. */
  readonly reason?: string;
  /** Whose network the pods have that do not ask for the machine's. */
  readonly network: "host" | "pod" | "none";
  /** The user of containers whose manifest names none. */
  readonly user: ImageUser;
  /** Who else containers can be. */
  readonly users: UserChoice;
  /** Whether root runs this, without a user namespace for the pods. */
  readonly privileged: boolean;
  /** What can be limited. */
  readonly limits: ResourceSupport;
}

/** More would hold up the node: each change of one of them shows all of them again. */
const MOST_CONTAINERS = 500;

/**
 * The fields that this run refuses: more containers than a node can follow; with
 * `--isolation process` whatever only a sandbox can keep apart, so that a Pod never acts on the
 * host's own files, users or kernel by accident; where other users are not available, those;
 * without a network of its own, what would change the machine's; where root runs the Pods, users
 * of their own.
 */
export function findRefusedFields(pod: Pod, run: RunSupport): FieldError[] {
  return [
    ...findTooMany(pod),
    ...(run.level === "process" ? findSandboxFields(pod, run.reason) : []),
    ...findOtherUsers(pod, run),
    ...(run.privileged && run.level === "sandbox" ? findOwnUsers(pod) : []),
    ...(run.network === "host" ? findNetworkFields(pod) : []),
  ];
}

function findTooMany({ spec }: Pod): FieldError[] {
  const { containers, initContainers = [] } = spec;
  const count = containers.length + initContainers.length;
  if (count <= MOST_CONTAINERS) return [];
  const field = containers.length > MOST_CONTAINERS ? "spec.containers" : "spec.initContainers";
  return [
    unsupported(field, `a Pod may have ${MOST_CONTAINERS} containers, and this has ${count}`),
  ];
}

function needsSandbox(field: string, what: string, reason?: string): FieldError {
  const why = reason === undefined ? "" : `: ${reason}`;
  return unsupported(field, `${what} needs --isolation sandbox, and this run has process${why}`);
}

function findSandboxFields(pod: Pod, reason: string | undefined): FieldError[] {
  const { spec } = pod;
  const errors: FieldError[] = [];
  const refuse = (field: string, what: string) => errors.push(needsSandbox(field, what, reason));
  if (spec.securityContext?.sysctls?.length) {
    refuse("spec.securityContext.sysctls", "a kernel parameter");
  }
  if (spec.hostUsers === false) refuse("spec.hostUsers", "a user namespace");
  for (const [index, { emptyDir }] of (spec.volumes ?? []).entries()) {
    if (emptyDir?.medium === "Memory" && emptyDir.sizeLimit !== undefined) {
      refuse(`spec.volumes[${index}].emptyDir.sizeLimit`, "a limit in memory");
    }
  }
  for (const [path, { volumeMounts = [], securityContext = {} }] of containersWithPaths(pod.spec)) {
    for (const index of volumeMounts.keys()) {
      refuse(`${path}.volumeMounts[${index}].mountPath`, "a volume at a path");
    }
    const at = `${path}.securityContext`;
    if (securityContext.readOnlyRootFilesystem) {
      refuse(`${at}.readOnlyRootFilesystem`, "a read-only root");
    }
    if (securityContext.privileged) refuse(`${at}.privileged`, "a privileged container");
    if (securityContext.capabilities?.add?.length) {
      refuse(`${at}.capabilities.add`, "a capability");
    }
  }
  return errors;
}

/** Root's Pods have the machine's users; the words are the kubelet's (R-SANDBOX-10). */
function findOwnUsers({ spec }: Pod): FieldError[] {
  if (spec.hostUsers !== false) return [];
  return [unsupported(
    "spec.hostUsers",
    "Failed to create pod sandbox: can't set `spec.hostUsers: false`, runtime does not support user namespaces for root; the Pods of an ordinary user always have one",
  )];
}

/** Users and groups that this run does not have. */
function findOtherUsers(pod: Pod, { level, user, users }: RunSupport): FieldError[] {
  const errors: FieldError[] = [];
  const check = (field: string, what: string, id: number | undefined, only: number | undefined) => {
    if (id === undefined || id === only || (typeof users === "number" && id <= users)) return;
    const reach = typeof users === "number" ? `; those of this user reach to ${users}` : "";
    errors.push(
      level === "process" ? needsSandbox(field, what) : unsupported(
        field,
        `${what} needs root, or sub-ids for newuidmap and newgidmap in /etc/subuid and /etc/subgid${reach}`,
      ),
    );
  };
  const context = pod.spec.securityContext ?? {};
  const contexts = [
    ["spec.securityContext", context] as const,
    ...containersWithPaths(pod.spec).map(([path, it]) =>
      [`${path}.securityContext`, it.securityContext] as const
    ),
  ];
  for (const [path, { runAsUser, runAsGroup } = {}] of contexts) {
    check(
      `${path}.runAsUser`,
      "another user",
      runAsUser,
      users === "single" ? runAsUser : user.uid,
    );
    check(
      `${path}.runAsGroup`,
      "another group",
      runAsGroup,
      users === "single" ? runAsGroup : user.gid,
    );
  }
  check("spec.securityContext.fsGroup", "another group", context.fsGroup, user.gid);
  for (const [index, group] of (context.supplementalGroups ?? []).entries()) {
    check(`spec.securityContext.supplementalGroups[${index}]`, "another group", group, user.gid);
  }
  return errors;
}

/** What a pod may only do to a network that is its own. */
function findNetworkFields({ spec }: Pod): FieldError[] {
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name }, index) =>
    /^net[./]/.test(name)
      ? [unsupported(
        `spec.securityContext.sysctls[${index}].name`,
        "a kernel parameter of the network needs --network pod, and this run has host",
      )]
      : []
  );
}

/**
 * What the table of fields promises and this run cannot do for this pod: accepted, with a warning.
 */
export function findUnsupportedFields(pod: Pod, run: RunSupport): UnsupportedField[] {
  return [
    ...findUnlimited(run.limits),
    ...findUnmapped(pod, run),
    ...(run.level === "process" ? UNSANDBOXED : []),
    ...(run.level === "sandbox" ? findConfined(pod, run) : []),
  ];
}

/** Power over the machine, which a container has over its own namespaces alone. */
function findConfined(pod: Pod, { network }: RunSupport): UnsupportedField[] {
  const hostNetwork = pod.spec.hostNetwork ?? network === "host";
  return containersWithPaths(pod.spec).flatMap(([path, { securityContext = {} }]) => {
    const at = `${path}.securityContext`;
    if (securityContext.privileged) return [{ field: `${at}.privileged`, note: CONFINED }];
    const names = (securityContext.capabilities?.add ?? []).filter((name) =>
      isOverMachine(name.toUpperCase().replace(/^CAP_/, ""), hostNetwork)
    );
    if (names.length === 0) return [];
    const note = `${names.join(", ")}: ${CONFINED}`;
    return [{ field: `${at}.capabilities`, note }];
  });
}

const CONFINED =
  "power over the container's own namespaces, not over the machine: neither its devices nor its kernel parameters";

/** Containers that would read standard input, where another one does; they find it at its end. */
export function findUnread(pod: Pod, reader: InputReader | undefined): UnsupportedField[] {
  return containersWithPaths(pod.spec).flatMap(([path, { name, stdin }]) => {
    const reads = reader?.podUid === pod.metadata.uid && reader?.container === name;
    if (!stdin || reads) return [];
    const other = `container "${reader?.container}" of Pod "${reader?.pod}"`;
    return [{ field: `${path}.stdin`, note: `standard input is read by ${other}` }];
  });
}

/** Where there is no view and no namespace of a pod's own. */
const UNSANDBOXED: readonly UnsupportedField[] = [
  ...["hostname", "hostnameOverride", "subdomain", "setHostnameAsFQDN"].map((name) => ({
    field: `spec.${name}`,
    note: "the host name is the machine's with --isolation process; HOSTNAME has the Pod's",
  })),
  ...["hostAliases", "dnsConfig"].map((name) => ({
    field: `spec.${name}`,
    note: "files in /etc are the machine's with --isolation process",
  })),
  {
    field: "spec.dnsPolicy",
    note: "files in /etc are the machine's with --isolation process",
    harmless: ["ClusterFirst", "ClusterFirstWithHostNet", "Default"],
  },
];

/** With the rlimits that can stand in: a command may set them for itself. */
function findUnlimited({ cpu, memory, reason }: ResourceSupport): UnsupportedField[] {
  const of = (name: string, kinds: readonly string[], instead: string) =>
    ["spec.containers[]", "spec"].flatMap((path) =>
      kinds.map((kind) => ({
        field: `${path}.resources.${kind}.${name}`,
        note: `no cgroup can limit it here${reason === undefined ? "" : `: ${reason}`}; ${instead}`,
      }))
    );
  return [
    ...(cpu
      ? []
      : of("cpu", ["limits", "requests"], "nice lowers the priority, ulimit -t ends a process")),
    ...(memory ? [] : of("memory", ["limits"], "ulimit -v limits a process")),
  ];
}

/** A port of the machine that nothing leads from to the container's. */
function findUnmapped(pod: Pod, { network }: RunSupport): UnsupportedField[] {
  if (pod.spec.hostNetwork) return [];
  return containersWithPaths(pod.spec).flatMap(([path, { ports = [] }]) =>
    ports.flatMap(({ hostPort = 0, containerPort, protocol = "TCP" }, index) => {
      const isMapped = network === "pod"
        ? protocol === "TCP"
        : network === "host" && hostPort === containerPort;
      if (hostPort === 0 || isMapped) return [];
      return [{
        field: `${path}.ports[${index}].hostPort`,
        note: network === "pod"
          ? `nothing but TCP leads from it to port ${containerPort}`
          : `nothing leads from it to port ${containerPort} without --network pod`,
      }];
    })
  );
}
