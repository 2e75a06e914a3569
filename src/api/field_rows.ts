/** What each field gets here: decided by hand, one row for a field or for all below it. */
import { CLUSTER_SUPPORT } from "./support/cluster_rows.ts";
import { NETWORK_SUPPORT } from "./support/network_rows.ts";
import {
  below,
  BY_CONTROLLER,
  BY_SERVER,
  emulated,
  enforced,
  ignored,
  METADATA,
  refused,
  type Row,
  type Rows,
} from "./support/row.ts";
import type { KindName } from "./types/kinds.ts";

const SCHEDULED = enforced("R-SCHED-2; for the one node, preferences make no difference");
const USERS = enforced(
  "users and groups of the container; an ordinary user needs sub-ids for others",
);
const NON_ROOT = enforced("root is refused with CreateContainerConfigError (R-START-1)");
const NO_FILTER = ignored("no seccomp filter is loaded: what every machine carries can load none");
/** Of the field and of the annotation that came before it. */
export const NO_APP_ARMOR: Row = ignored("no AppArmor profile is loaded");
const NO_SELINUX = ignored("no SELinux label is set");
const NO_WINDOWS = ignored("this is not a Windows node");
const GROUP_OWNED = enforced("R-VOL-6");
const NO_CLUSTER = "needs a cluster's storage";

/** Of containers, and of the Pod as a whole. */
const RESOURCES: Rows = {
  "limits": ignored("only CPU, memory and disk are limited here"),
  "limits.cpu": enforced("R-QOS-1; by a cgroup, where this user can write one"),
  "limits.memory": enforced("R-QOS-1, R-EXIT-3; by a cgroup, where this user can write one"),
  "requests": enforced("R-SCHED-2; a Pod waits until its node has that much left"),
  "requests.memory": enforced("R-SCHED-2, R-QOS-1; a Pod waits until its node has that much left"),
  "requests.cpu": enforced(
    "R-SCHED-2, R-QOS-1; also the weight against others where CPU time runs short",
  ),
  "claims": refused("needs a cluster's device drivers"),
};

/** The fields of a claim, in an object of its own or in a template. */
const CLAIM: Rows = {
  "accessModes": emulated("on one machine every Pod can write; what is mounted read-only stays so"),
  "resources.requests": emulated("the directory may grow as far as its disk goes"),
  "resources.limits": ignored("the directory may grow as far as its disk goes"),
  "storageClassName": emulated("whatever the class, a directory of this machine"),
  "volumeMode": refused("only directories are available, not block devices", "Filesystem"),
  "selector": ignored("there are no volumes to choose from: each claim gets one of its own"),
  "volumeName": ignored("there are no volumes to choose from: each claim gets one of its own"),
  "volumeAttributesClassName": ignored("a directory has no such attributes"),
  "dataSource": refused("a volume begins empty: there is nothing to copy it from"),
  "dataSourceRef": refused("a volume begins empty: there is nothing to copy it from"),
};

/** Also for `spec.initContainers[]`, unless it has a row of its own. */
const CONTAINER: Rows = {
  "resources.limits.ephemeral-storage": enforced(
    "R-VOL-8; measured every second: a main over its own limit, or a Pod over the sum, is evicted",
  ),
  "name": enforced("R-VALID-11 to R-VALID-13"),
  "image": emulated("names what runs when there is no command; never pulled"),
  "imagePullPolicy": emulated("nothing is pulled"),
  "command": enforced("R-START-6"),
  "args": enforced("R-START-6"),
  "workingDir": enforced("by default the Pod's shared working directory"),
  "env": enforced("R-ENV-1 to R-ENV-7"),
  "envFrom": enforced("R-ENV-1, R-ENV-4"),
  "ports": emulated("informational: a container may listen wherever it likes"),
  "ports[].hostPort": enforced(
    "found before anything starts if it is taken; leads to the container with --network pod",
  ),
  "ports[].hostIP": enforced("the machine's address that hostPort is for"),
  "lifecycle.postStart": enforced("R-HOOK-1 to R-HOOK-5"),
  "lifecycle.preStop": enforced("R-HOOK-6, R-HOOK-7, R-TERM-6"),
  "lifecycle.stopSignal": enforced("R-HOOK-8; sent instead of SIGTERM, without a feature gate"),
  "livenessProbe": enforced("R-PROBE-1 to R-PROBE-18, R-ACT-3"),
  "readinessProbe": enforced("R-PROBE-1 to R-PROBE-18, R-STATUS-5"),
  "startupProbe": enforced("R-PROBE-1 to R-PROBE-18, R-STATUS-4"),
  "resizePolicy": emulated("nothing is resized while it runs"),
  ...below("resources", RESOURCES),
  "restartPolicy": enforced("R-RESTART-5, R-RESTART-6"),
  "restartPolicyRules": enforced("R-RESTART-2 to R-RESTART-4"),
  "securityContext.runAsUser": USERS,
  "securityContext.runAsGroup": USERS,
  "securityContext.runAsNonRoot": NON_ROOT,
  "securityContext.readOnlyRootFilesystem": enforced("the root is read-only, volumes are not"),
  "securityContext.allowPrivilegeEscalation": enforced("false: setuid programs give nothing"),
  "securityContext.capabilities": enforced(
    "added to and dropped from the usual fourteen; those over the machine hold over the container's own namespaces alone",
  ),
  "securityContext.privileged": emulated(
    "every capability and every user, over the container's own namespaces: never over the machine, its devices and kernel parameters",
  ),
  "securityContext.procMount": enforced(
    "Default: /proc is masked where container runtimes mask it",
  ),
  "securityContext.appArmorProfile": NO_APP_ARMOR,
  "securityContext.seccompProfile": NO_FILTER,
  "securityContext.seLinuxOptions": NO_SELINUX,
  "securityContext.windowsOptions": NO_WINDOWS,
  "stdin": enforced("standard input of this program, for the first container of a run that asks"),
  "stdinOnce": enforced("its later runs find standard input at its end"),
  "terminationMessagePath": enforced("R-MSG-1"),
  "terminationMessagePolicy": enforced("R-MSG-2"),
  "tty": enforced("a terminal of its own, /dev/console; with stdin what is typed goes there"),
  "volumeDevices": refused(
    "a block device cannot be given to a process without harm to the machine",
  ),
  "volumeMounts[].name": enforced("R-VALID-44"),
  "volumeMounts[].mountPath": enforced("R-VALID-45"),
  "volumeMounts[].readOnly": enforced("mounted read-only"),
  "volumeMounts[].subPath": enforced("R-VOL-5"),
  "volumeMounts[].subPathExpr": enforced("R-VOL-5, R-ENV-8"),
  "volumeMounts[].mountPropagation": ignored(
    "mounted as with None: mounts made later do not spread between the machine and the containers",
    "None",
  ),
  "volumeMounts[].recursiveReadOnly": enforced("what is mounted below is read-only too"),
};

const VOLUME: Rows = {
  "name": enforced("R-VALID-41"),
  "emptyDir": enforced("R-VOL-2; a directory that goes with the Pod"),
  "emptyDir.medium": enforced("R-VOL-2, R-VOL-7; huge pages are not available"),
  "emptyDir.sizeLimit": enforced(
    "R-VOL-2; in memory the volume is full, on disk the Pod is evicted",
  ),
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
  "projected.sources[].serviceAccountToken": ignored(
    "only `serve` has an API that signs tokens; in a run the file is missing",
  ),
  "persistentVolumeClaim": enforced("R-VOL-1; a directory that outlives the Pod"),
  "ephemeral.volumeClaimTemplate.metadata": emulated(
    "a directory that goes with the Pod, no object",
  ),
  ...below("ephemeral.volumeClaimTemplate.spec", CLAIM),
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
  "spec.ephemeralContainers": emulated("added to a Pod that runs: R-EPHEMERAL-1"),
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
  "spec.hostIPC": enforced(
    "the machine's IPC objects and /dev/shm; what containers create in them outlives the run",
  ),
  "spec.hostPID": ignored(
    "the Pod keeps a PID namespace of its own: its end is what ends every process of the Pod, however the run ends",
  ),
  "spec.hostUsers": emulated(
    "an ordinary user's Pods always have users of their own; root's never, so that false is refused there",
  ),
  "spec.dnsPolicy": enforced("R-VALID-28; ClusterFirst is as Default in a run without Services"),
  "spec.dnsConfig": enforced(
    "added to the machine's resolver, or all there is with dnsPolicy None",
  ),
  "spec.securityContext.runAsUser": USERS,
  "spec.securityContext.runAsGroup": USERS,
  "spec.securityContext.runAsNonRoot": NON_ROOT,
  "spec.securityContext.supplementalGroups": USERS,
  "spec.securityContext.supplementalGroupsPolicy": emulated(
    "images list no group members here, so that Merge adds none",
  ),
  "spec.securityContext.fsGroup": GROUP_OWNED,
  "spec.securityContext.fsGroupChangePolicy": GROUP_OWNED,
  "spec.securityContext.sysctls": enforced(
    "those that are safe in the Pod's own namespaces; a Pod with others is rejected (SysctlForbidden)",
  ),
  "spec.securityContext.appArmorProfile": NO_APP_ARMOR,
  "spec.securityContext.seccompProfile": NO_FILTER,
  "spec.securityContext.seLinuxOptions": NO_SELINUX,
  "spec.securityContext.seLinuxChangePolicy": NO_SELINUX,
  "spec.securityContext.windowsOptions": NO_WINDOWS,
  ...below("spec.resources", RESOURCES),
  "spec.resourceClaims": refused("needs a cluster's device drivers"),
  "spec.overhead": enforced("added to the Pod's own limits and weight"),
  "spec.readinessGates": enforced("R-COND-5"),
  "spec.nodeName": emulated("R-SCHED-4; the node is this machine, whatever it is called"),
  "spec.serviceAccountName": emulated(
    "in a run a name for the downward API; with `serve` the account whose token the Pod has",
  ),
  "spec.serviceAccount": emulated("the old name of serviceAccountName"),
  "spec.automountServiceAccountToken": emulated(
    "false: no folder of the service account; in a run it holds the namespace, and neither token nor ca.crt",
  ),
  "spec.enableServiceLinks": enforced(
    "R-ENV-1; in a run nothing listens at the Service kubernetes",
  ),
  "spec.imagePullSecrets": emulated("nothing is pulled"),
  "spec.os": emulated("the node runs Linux and refuses any other"),
  "spec.affinity": SCHEDULED,
  "spec.nodeSelector": SCHEDULED,
  "spec.tolerations": SCHEDULED,
  "spec.topologySpreadConstraints": SCHEDULED,
  "spec.schedulerName": emulated("there is one scheduler, whatever it is called"),
  "spec.schedulingGroup": emulated("there is one node: each Pod gets it by itself"),
  "spec.schedulingGates": emulated("they hold the Pod back; nothing here removes them"),
  "spec.priority": enforced("R-SCHED-1, R-SCHED-5"),
  "spec.priorityClassName": emulated("R-SCHED-1, R-SCHED-5; classes of the system alone are known"),
  "spec.preemptionPolicy": enforced("R-SCHED-5"),
  "spec.runtimeClassName": ignored("there is one runtime"),
  "status": BY_SERVER,
};

const NAMED_BY_OWNER = emulated("a Pod of a template gets name and namespace from its owner");

/** Of a template's Pods. */
const TEMPLATE: Rows = {
  ...Object.fromEntries(
    Object.entries(POD).filter(([path]) =>
      path.startsWith("metadata.") || path.startsWith("spec.")
    ),
  ),
  "metadata.name": NAMED_BY_OWNER,
  "metadata.generateName": NAMED_BY_OWNER,
  "metadata.namespace": NAMED_BY_OWNER,
  "metadata.ownerReferences": emulated("the owner is the object that creates the Pod"),
};

const NAMED_BY_CRON_JOB = emulated("a Job of a template gets name and namespace from its CronJob");

/** Of the Jobs of a template. */
const JOB_METADATA: Rows = {
  ...Object.fromEntries(Object.entries(METADATA).filter(([path]) => path.startsWith("metadata."))),
  "metadata.name": NAMED_BY_CRON_JOB,
  "metadata.generateName": NAMED_BY_CRON_JOB,
  "metadata.namespace": NAMED_BY_CRON_JOB,
  "metadata.ownerReferences": emulated("the owner is the CronJob"),
};

/** Of a Job, but for its template. */
const JOB: Rows = {
  "spec.parallelism": enforced("R-JOB-3, R-JOB-4"),
  "spec.completions": enforced("R-JOB-3"),
  "spec.completionMode": enforced("R-JOB-5"),
  "spec.backoffLimit": enforced("R-JOB-6, R-JOB-7"),
  "spec.backoffLimitPerIndex": enforced("R-JOB-8"),
  "spec.maxFailedIndexes": enforced("R-JOB-9"),
  "spec.podFailurePolicy": enforced("R-JOB-10"),
  "spec.successPolicy": enforced("R-JOB-11"),
  "spec.activeDeadlineSeconds": enforced("R-JOB-12"),
  "spec.suspend": enforced("R-JOB-13"),
  "spec.podReplacementPolicy": enforced("R-JOB-16"),
  "spec.ttlSecondsAfterFinished": enforced("R-JOB-17"),
  "spec.selector": enforced("R-JOB-1, R-RS-5"),
  "spec.manualSelector": enforced("R-JOB-1"),
  "spec.managedBy": enforced("a Job that names another controller is left alone"),
};

/** Makes the rows of each kind: a run reads those of the kinds that it has. */
const SUPPORT: Readonly<Record<KindName, () => Rows>> = {
  Pod: () => POD,
  ConfigMap: () => ({
    ...METADATA,
    "data": enforced("R-ENV-4, R-VOL-4"),
    "binaryData": enforced("R-ENV-4, R-VOL-4"),
    "immutable": emulated("nothing changes it while Pods run"),
  }),
  Secret: () => ({
    ...METADATA,
    "data": enforced("R-ENV-4, R-VOL-4"),
    "stringData": enforced("R-VOL-4"),
    "type": emulated("kept; no type asks for certain keys"),
    "immutable": emulated("nothing changes it while Pods run"),
  }),
  PersistentVolumeClaim: () => ({ ...METADATA, ...below("spec", CLAIM), "status": BY_SERVER }),
  ReplicaSet: () => ({
    ...METADATA,
    "spec.replicas": enforced("R-RS-1, R-RS-2"),
    "spec.minReadySeconds": enforced("R-RS-4"),
    "spec.selector": enforced("R-RS-5, R-RS-6"),
    ...below("spec.template", TEMPLATE),
    "status": BY_CONTROLLER,
  }),
  ReplicationController: () => ({
    ...METADATA,
    "spec.replicas": enforced("R-RS-1, R-RS-2"),
    "spec.minReadySeconds": enforced("R-RS-4"),
    "spec.selector": enforced("R-RS-5, R-RS-6"),
    ...below("spec.template", TEMPLATE),
    "status": BY_CONTROLLER,
  }),
  Deployment: () => ({
    ...METADATA,
    "spec.replicas": enforced("R-DEPLOY-5, R-DEPLOY-9"),
    "spec.minReadySeconds": enforced("R-RS-4"),
    "spec.paused": enforced("R-DEPLOY-8"),
    "spec.progressDeadlineSeconds": enforced("R-DEPLOY-11"),
    "spec.revisionHistoryLimit": enforced("R-DEPLOY-13"),
    "spec.selector": enforced("R-RS-5, R-RS-6"),
    "spec.strategy": enforced("R-DEPLOY-5 to R-DEPLOY-7"),
    ...below("spec.template", TEMPLATE),
    "status": BY_CONTROLLER,
  }),
  Job: () => ({
    ...METADATA,
    ...JOB,
    ...below("spec.template", TEMPLATE),
    "status": BY_CONTROLLER,
  }),
  CronJob: () => ({
    ...METADATA,
    "spec.schedule": enforced("R-CRON-2"),
    "spec.timeZone": enforced("R-CRON-2, R-CRON-3"),
    "spec.concurrencyPolicy": enforced("R-CRON-7"),
    "spec.startingDeadlineSeconds": enforced("R-CRON-6"),
    "spec.suspend": enforced("R-CRON-9"),
    "spec.successfulJobsHistoryLimit": enforced("R-CRON-8"),
    "spec.failedJobsHistoryLimit": enforced("R-CRON-8"),
    ...below("spec.jobTemplate", {
      ...JOB_METADATA,
      ...JOB,
      ...below("spec.template", TEMPLATE),
    }),
    "status": BY_CONTROLLER,
  }),
  StatefulSet: () => ({
    ...METADATA,
    "spec.replicas": enforced("R-STS-1, R-STS-2"),
    "spec.minReadySeconds": enforced("R-RS-4"),
    "spec.ordinals": enforced("R-STS-3"),
    "spec.persistentVolumeClaimRetentionPolicy": enforced("R-STS-11"),
    "spec.podManagementPolicy": enforced("R-STS-1, R-STS-2"),
    "spec.revisionHistoryLimit": enforced("R-STS-8"),
    "spec.selector": enforced("R-RS-5, R-RS-6"),
    "spec.serviceName": emulated("the subdomain of its Pods (R-STS-3); no Service leads to them"),
    ...below("spec.template", TEMPLATE),
    "spec.updateStrategy": enforced("R-STS-4 to R-STS-6"),
    "spec.updateStrategy.rollingUpdate.maxUnavailable": ignored(
      "Kubernetes 1.36 has its feature gate off: one Pod at a time (R-STS-9)",
    ),
    ...below("spec.volumeClaimTemplates[]", METADATA),
    ...below("spec.volumeClaimTemplates[].spec", CLAIM),
    "spec.volumeClaimTemplates[].status": BY_SERVER,
    "status": BY_CONTROLLER,
  }),
  DaemonSet: () => ({
    ...METADATA,
    "spec.minReadySeconds": enforced("R-RS-4"),
    "spec.revisionHistoryLimit": enforced("R-DS-6"),
    "spec.selector": enforced("R-RS-5, R-RS-6"),
    ...below("spec.template", TEMPLATE),
    "spec.updateStrategy": enforced("R-DS-3, R-DS-4"),
    "status": BY_CONTROLLER,
  }),
  ControllerRevision: () => ({
    ...METADATA,
    "data": enforced("a template that a StatefulSet or DaemonSet goes back to (R-STS-7, R-DS-6)"),
    "revision": enforced("R-STS-7, R-DS-6"),
  }),
  ...NETWORK_SUPPORT,
  ...CLUSTER_SUPPORT,
};

const made = new Map<KindName, Rows>();

/** The rows of a kind, by path. */
export function rowsOf(kind: KindName): Rows {
  const rows = made.get(kind) ?? SUPPORT[kind]();
  made.set(kind, rows);
  return rows;
}
