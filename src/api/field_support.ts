/**
 * What each field gets here: decided by hand, one row for a field or for all below it. Nothing is dropped in silence:
 * `field_support_test.ts` finds every field of `fields.ts` that no row covers.
 */
import { type FieldError, forbidden } from "./errors.ts";
import type { KindName, KubernetesObject } from "./kinds.ts";

/**
 * `enforced`: does what Kubernetes says. `emulated`: has the effect that one node without a cluster can give it.
 * `ignored`: accepted with a warning. `refused`: an error.
 */
export type Support = "enforced" | "emulated" | "ignored" | "refused";

/** What a field gets. */
export interface FieldSupport {
  /** How far. */
  readonly support: Support;
  /** Why, or by which rule: one line, no full stop. */
  readonly note: string;
}

/** A field of an object that this machine or version does not enforce. */
export interface IgnoredField {
  /** `spec.containers[0].livenessProbe` */
  readonly field: string;
  /** Why. */
  readonly note: string;
}

interface Row extends FieldSupport {
  /** Values that ask for nothing that is missing; false, empty text and empty lists never do. */
  readonly harmless: readonly unknown[];
}

type Rows = Readonly<Record<string, Row>>;

const row = (support: Support) => (note: string, ...harmless: readonly unknown[]): Row => ({
  support,
  note,
  harmless,
});
const enforced = row("enforced");
const emulated = row("emulated");
const ignored = row("ignored");
const refused = row("refused");

const BY_SERVER = emulated("set by the node; what a manifest says is replaced, as in Kubernetes");
const ONE_NODE = emulated("there is one node, and every Pod is bound to it");
const NO_USERS = ignored("not set yet: containers run as the user of this program");
const NO_CLUSTER = "needs a cluster's storage";

const METADATA: Rows = {
  "apiVersion": enforced("says how the object is read"),
  "kind": enforced("says how the object is read"),
  "metadata.name": enforced("R-VALID-6, R-VALID-7"),
  "metadata.generateName": emulated("the name gets its random ending here"),
  "metadata.namespace": enforced("R-VALID-8, R-DEFAULT-4"),
  "metadata.labels": enforced("R-VALID-9, R-ENV-5"),
  "metadata.annotations": enforced("R-ENV-5"),
  "metadata.uid": BY_SERVER,
  "metadata.creationTimestamp": BY_SERVER,
  "metadata.deletionGracePeriodSeconds": BY_SERVER,
  "metadata.deletionTimestamp": BY_SERVER,
  "metadata.generation": BY_SERVER,
  "metadata.managedFields": BY_SERVER,
  "metadata.resourceVersion": BY_SERVER,
  "metadata.selfLink": BY_SERVER,
  "metadata.finalizers": ignored("nothing waits for a finalizer yet"),
  "metadata.ownerReferences": ignored("no owner is looked for yet"),
};

/** Also for `spec.initContainers[]`, where a row of its own does not say otherwise. */
const CONTAINER: Rows = {
  "name": enforced("R-VALID-11 to R-VALID-13"),
  "image": emulated("names what runs when there is no command; never pulled"),
  "imagePullPolicy": emulated("nothing is pulled"),
  "command": enforced("R-START-6"),
  "args": enforced("R-START-6"),
  "workingDir": enforced("by default the Pod's shared working directory"),
  "env": enforced("R-ENV-1 to R-ENV-6"),
  "env[].valueFrom.fileKeyRef": refused("fileKeyRef is not supported on this node"),
  "envFrom": enforced("R-ENV-1, R-ENV-4"),
  "ports": emulated("informational: a container may listen wherever it likes"),
  "lifecycle.postStart": enforced("R-HOOK-1 to R-HOOK-5"),
  "lifecycle.preStop": enforced("R-HOOK-6, R-HOOK-7, R-TERM-6"),
  "lifecycle.stopSignal": enforced("R-HOOK-8; sent instead of SIGTERM, without a feature gate"),
  "livenessProbe": enforced("R-PROBE-1 to R-PROBE-18, R-ACT-3"),
  "readinessProbe": enforced("R-PROBE-1 to R-PROBE-18, R-STATUS-5"),
  "startupProbe": enforced("R-PROBE-1 to R-PROBE-18, R-STATUS-4"),
  "resizePolicy": emulated("nothing is resized while it runs"),
  "resources.limits": ignored("not limited yet; counts for the QoS class (R-QOS-1)"),
  "resources.requests": emulated("counts for the QoS class (R-QOS-1); nothing is set aside"),
  "resources.claims": refused("needs a cluster's device drivers"),
  "restartPolicy": enforced("R-RESTART-5, R-RESTART-6"),
  "restartPolicyRules": enforced("R-RESTART-2 to R-RESTART-4"),
  "securityContext": NO_USERS,
  "securityContext.readOnlyRootFilesystem": enforced("the root is read-only, volumes are not"),
  "securityContext.allowPrivilegeEscalation": ignored("not prevented yet", true),
  "securityContext.capabilities": ignored("capabilities are not changed yet"),
  "securityContext.privileged": ignored("nothing is granted yet that the program itself lacks"),
  "securityContext.procMount": ignored("/proc is always the default one", "Default"),
  "securityContext.appArmorProfile": ignored("no AppArmor profile is loaded"),
  "securityContext.seccompProfile": ignored("no seccomp filter is loaded"),
  "securityContext.seLinuxOptions": ignored("no SELinux label is set"),
  "securityContext.windowsOptions": ignored("this is no Windows node"),
  "stdin": enforced("standard input of this program"),
  "stdinOnce": ignored("standard input stays open for the container's next run"),
  "terminationMessagePath": enforced("R-MSG-1"),
  "terminationMessagePolicy": enforced("R-MSG-2"),
  "tty": ignored("containers get no terminal yet"),
  "volumeDevices": refused(
    "a block device cannot be given to a process without harm to the machine",
  ),
  "volumeMounts[].name": enforced("R-VALID-44"),
  "volumeMounts[].mountPath": enforced("R-VALID-45"),
  "volumeMounts[].readOnly": enforced("mounted read-only"),
  "volumeMounts[].subPath": enforced("R-VOL-5"),
  "volumeMounts[].subPathExpr": enforced("R-VOL-5, R-ENV-8"),
  "volumeMounts[].mountPropagation": ignored("mounts do not spread yet", "None"),
  "volumeMounts[].recursiveReadOnly": ignored("mounts below stay writable", "Disabled"),
};

const VOLUME: Rows = {
  "name": enforced("R-VALID-41"),
  "emptyDir.medium": enforced("R-VOL-2"),
  "emptyDir.sizeLimit": ignored("the size is not limited yet"),
  "hostPath": enforced("R-VOL-3; relative paths start at the manifest's folder"),
  "configMap": enforced("R-VOL-4"),
  "secret": enforced("R-VOL-4"),
  "downwardAPI": enforced("R-VOL-4, R-ENV-5, R-ENV-6"),
  "projected.defaultMode": enforced("R-VOL-4"),
  "projected.sources[].configMap": enforced("R-VOL-4"),
  "projected.sources[].secret": enforced("R-VOL-4"),
  "projected.sources[].downwardAPI": enforced("R-VOL-4"),
  "projected.sources[].clusterTrustBundle": refused("needs a cluster's certificates"),
  "projected.sources[].podCertificate": refused("needs a cluster's certificates"),
  "projected.sources[].serviceAccountToken": refused("there is no API server to sign a token"),
  "persistentVolumeClaim": refused("persistent volumes are not supported yet"),
  "ephemeral": refused("persistent volumes are not supported yet"),
  "image": refused("images are never pulled"),
  "gitRepo": refused("Kubernetes itself gave it up; clone in an init container"),
  ...Object.fromEntries(
    [
      "awsElasticBlockStore",
      "azureDisk",
      "azureFile",
      "cephfs",
      "cinder",
      "csi",
      "fc",
      "flexVolume",
      "flocker",
      "gcePersistentDisk",
      "glusterfs",
      "iscsi",
      "nfs",
      "photonPersistentDisk",
      "portworxVolume",
      "quobyte",
      "rbd",
      "scaleIO",
      "storageos",
      "vsphereVolume",
    ].map((type) => [type, refused(NO_CLUSTER)]),
  ),
};

const POD: Rows = {
  ...METADATA,
  ...below("spec.containers[]", CONTAINER),
  ...below("spec.volumes[]", VOLUME),
  "spec.ephemeralContainers": refused("cannot be set on create"),
  "spec.restartPolicy": enforced("R-RESTART-1"),
  "spec.terminationGracePeriodSeconds": enforced("R-TERM-2"),
  "spec.activeDeadlineSeconds": enforced("R-DEADLINE-1"),
  "spec.hostname": enforced("R-HOST-1"),
  "spec.hostnameOverride": enforced("R-HOST-1"),
  "spec.subdomain": enforced("R-HOST-1"),
  "spec.setHostnameAsFQDN": enforced("R-HOST-1"),
  "spec.hostAliases": enforced("R-HOST-3"),
  "spec.hostNetwork": enforced("the machine's network, host name and hosts file"),
  "spec.shareProcessNamespace": enforced("containers run in the pause process's PID namespace"),
  "spec.hostIPC": ignored("the Pod keeps an IPC namespace of its own"),
  "spec.hostPID": ignored("the Pod keeps a PID namespace of its own"),
  "spec.hostUsers": emulated("a user namespace is used wherever the machine needs one"),
  "spec.dnsPolicy": ignored("the machine's resolver is used", "ClusterFirst", "Default"),
  "spec.dnsConfig": ignored("the machine's resolver is used"),
  "spec.securityContext": NO_USERS,
  "spec.securityContext.fsGroup": ignored("volumes keep their group"),
  "spec.securityContext.fsGroupChangePolicy": ignored("volumes keep their group"),
  "spec.securityContext.sysctls": ignored("no kernel parameter is set yet"),
  "spec.securityContext.appArmorProfile": ignored("no AppArmor profile is loaded"),
  "spec.securityContext.seccompProfile": ignored("no seccomp filter is loaded"),
  "spec.securityContext.seLinuxOptions": ignored("no SELinux label is set"),
  "spec.securityContext.seLinuxChangePolicy": ignored("no SELinux label is set"),
  "spec.securityContext.windowsOptions": ignored("this is no Windows node"),
  "spec.resources.limits": ignored("not limited yet; counts for the QoS class (R-QOS-1)"),
  "spec.resources.requests": emulated("counts for the QoS class (R-QOS-1); nothing is set aside"),
  "spec.resources.claims": refused("needs a cluster's device drivers"),
  "spec.resourceClaims": refused("needs a cluster's device drivers"),
  "spec.overhead": emulated("nothing is set aside for the sandbox"),
  "spec.readinessGates": enforced("R-COND-5"),
  "spec.nodeName": emulated("the node is this machine, whatever it is called"),
  "spec.serviceAccountName": emulated("a name for the downward API; no account stands behind it"),
  "spec.serviceAccount": emulated("the old name of serviceAccountName"),
  "spec.automountServiceAccountToken": emulated("there is no token to mount"),
  "spec.enableServiceLinks": emulated("there are no Services whose variables could be set"),
  "spec.imagePullSecrets": emulated("nothing is pulled"),
  "spec.os": emulated("the node runs Linux"),
  "spec.affinity": ONE_NODE,
  "spec.nodeSelector": ONE_NODE,
  "spec.tolerations": ONE_NODE,
  "spec.topologySpreadConstraints": ONE_NODE,
  "spec.schedulerName": ONE_NODE,
  "spec.schedulingGroup": ONE_NODE,
  "spec.schedulingGates": ignored("the Pod is started all the same"),
  "spec.priority": emulated("no Pod is put before another"),
  "spec.priorityClassName": emulated("no Pod is put before another"),
  "spec.preemptionPolicy": emulated("no Pod is put before another"),
  "spec.runtimeClassName": ignored("there is one runtime"),
  "status": BY_SERVER,
};

const SUPPORT: Readonly<Record<KindName, Rows>> = {
  Pod: POD,
  ConfigMap: {
    ...METADATA,
    "data": enforced("R-ENV-4, R-VOL-4"),
    "binaryData": enforced("R-ENV-4, R-VOL-4"),
    "immutable": emulated("nothing changes it while Pods run"),
  },
  Secret: {
    ...METADATA,
    "data": enforced("R-ENV-4, R-VOL-4"),
    "stringData": enforced("R-VOL-4"),
    "type": emulated("kept; no type asks for certain keys"),
    "immutable": emulated("nothing changes it while Pods run"),
  },
  PersistentVolumeClaim: {
    ...METADATA,
    "spec": ignored("no volume is made of a claim yet"),
    "status": BY_SERVER,
  },
};

/**
 * What a field gets; undefined only for a path that is no field.
 * @param path with or without indexes: `spec.containers[0].tty` or `spec.containers[].tty`
 */
export function fieldSupport(kind: KindName, path: string): FieldSupport | undefined {
  const found = findRow(SUPPORT[kind], path);
  return found && { support: found.support, note: found.note };
}

/** The rows of a kind in order, for the reference: a row holds for all below it that has no row of its own. */
export function fieldSupportRows(kind: KindName): readonly (FieldSupport & IgnoredField)[] {
  return Object.entries(SUPPORT[kind]).map(([field, { support, note }]) => ({
    field,
    support,
    note,
  }));
}

/** The fields of an object that ask for something it will not get; each once, however much is below it. */
export function ignoredFields(object: KubernetesObject): IgnoredField[] {
  return fieldsWith("ignored", object).map(({ field, row }) => ({ field, note: row.note }));
}

/** The fields of an object that cannot be had here, as errors. */
export function refusedFields(object: KubernetesObject): FieldError[] {
  return fieldsWith("refused", object).map(({ field, row }) => forbidden(field, row.note));
}

interface Found {
  readonly field: string;
  readonly row: Row;
}

function fieldsWith(support: Support, object: KubernetesObject): Found[] {
  const rows = SUPPORT[object.kind];
  const parents = parentsOf(rows);
  const found: Found[] = [];
  const visit = (value: unknown, path: string) => {
    if (Array.isArray(value) && parents.has(patternsOf(path).at(-1)!)) {
      value.forEach((item, index) => visit(item, `${path}[${index}]`));
    } else if (isObject(value) && (path === "" || parents.has(patternsOf(path).at(-1)!))) {
      for (const [key, item] of Object.entries(value)) {
        visit(item, path === "" ? key : `${path}.${key}`);
      }
    } else {
      const row = findRow(rows, path);
      if (row?.support === support && !asksForNothing(value, row)) found.push({ field: path, row });
    }
  };
  visit(object, "");
  return found;
}

/** The paths that have rows below them: there each child is looked at by itself. */
function parentsOf(rows: Rows): ReadonlySet<string> {
  const parents = new Set<string>();
  for (const pattern of Object.keys(rows)) {
    for (let path = parentOf(pattern); path !== ""; path = parentOf(path)) parents.add(path);
  }
  return parents;
}

function asksForNothing(value: unknown, { harmless, support }: Row): boolean {
  if (support === "refused") return Array.isArray(value) && value.length === 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  // Where some value is harmless in particular, `false` may be the very one that asks for something.
  if (harmless.length > 0) return harmless.includes(value);
  return value === false || value === "" || value === undefined;
}

/** The row for a path, or for the nearest above it. */
function findRow(rows: Rows, path: string): Row | undefined {
  for (let rest = path; rest !== ""; rest = parentOf(rest)) {
    for (const pattern of patternsOf(rest)) {
      if (Object.hasOwn(rows, pattern)) return rows[pattern];
    }
  }
  return undefined;
}

function parentOf(path: string): string {
  return path.replace(/(\[[^[]*\]|\.?[^.[\]]+)$/, "");
}

/** The path without indexes, and the one of main containers for init containers. */
function patternsOf(path: string): string[] {
  const pattern = path.replace(/\[[^[\]]*\]/g, "[]");
  const main = pattern.replace(/^spec\.initContainers\b/, "spec.containers");
  return main === pattern ? [pattern] : [pattern, main];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function below(path: string, rows: Rows): Rows {
  return Object.fromEntries(Object.entries(rows).map(([key, row]) => [`${path}.${key}`, row]));
}
