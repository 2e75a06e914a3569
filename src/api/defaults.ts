/**
 * Fills in what the API server would, before validation (R-DEFAULT-1 to R-DEFAULT-22).
 *
 * Rule: Kubernetes, pkg/apis/core/v1/defaults.go, pkg/registry/core/pod/strategy.go. An empty text
 * counts as not given wherever Go has no pointer.
 */
import { remembered } from "../base/remembered.ts";
import { ephemeralContainers, mapContainers } from "./pod_containers.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "./types/core.ts";
import type {
  Container,
  ContainerPort,
  DownwardAPIVolumeFile,
  EnvVar,
  HTTPGetAction,
  LifecycleHandler,
  ObjectFieldSelector,
  Pod,
  PodSpec,
  Probe,
  PullPolicy,
  ResourceFieldSelector,
  ResourceRequirements,
  Volume,
  VolumeProjection,
} from "./types/pod.ts";
import { parseImageName } from "./image_name.ts";
import { withAnnotatedProfiles } from "./pod_annotations.ts";
import {
  aggregateQuantities,
  computePodQOS,
  isPodLevelResource,
  type ResourceList,
} from "./types/qos.ts";

/** Files of configMap, secret, downwardAPI and projected volumes (R-DEFAULT-13). */
const DEFAULT_FILE_MODE = 0o644;

/**
 * A Pod with everything filled in that it leaves open (R-DEFAULT-1 to R-DEFAULT-22); the given one
 * is untouched, and a second time changes nothing. A Pod without a status gets that of a new one; a
 * status that is there is kept.
 */
export function defaultPod(given: Pod): Pod {
  const pod = withAnnotatedProfiles(given);
  const defaulted: Pod = {
    ...pod,
    metadata: { ...pod.metadata, namespace: pod.metadata.namespace || "default" },
    spec: sharedPodSpec(pod.spec),
  };
  return pod.status
    ? defaulted
    : { ...defaulted, status: { phase: "Pending", qosClass: computePodQOS(defaulted) } };
}

/** A claim with its volume mode filled in; one without a status is not bound to a volume yet. */
export function defaultClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { spec, status = { phase: "Pending" } } = claim;
  return { ...claim, spec: defaultClaimSpec(spec), status };
}

function defaultClaimSpec(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  return { ...spec, volumeMode: spec.volumeMode ?? "Filesystem" };
}

/** The Pods of one template have one spec. */
const sharedPodSpec = remembered(defaultPodSpec);

function defaultPodSpec(spec: PodSpec): PodSpec {
  const serviceAccount = spec.serviceAccountName || spec.serviceAccount || "default";
  const common = defaultSpec(spec, (it) => defaultForPod(it, spec.hostNetwork === true));
  const defaulted: PodSpec = {
    ...common,
    enableServiceLinks: spec.enableServiceLinks ?? true,
    serviceAccountName: serviceAccount,
    serviceAccount,
  };
  return spec.resources
    ? { ...defaulted, resources: defaultPodLevelResources(defaulted, spec.resources) }
    : defaulted;
}

/**
 * The spec of a Pod template with what the API server fills in there: less than in a Pod, which
 * gets the rest when it is created.
 *
 * Rule: Kubernetes, pkg/apis/core/v1/defaults.go, SetDefaults_PodSpec.
 */
export function defaultTemplateSpec(spec: PodSpec): PodSpec {
  const { serviceAccountName, serviceAccount } = spec;
  const account = serviceAccountName || serviceAccount;
  return {
    ...defaultSpec(spec, defaultContainer),
    ...(account && { serviceAccountName: account, serviceAccount: account }),
  };
}

/** What Pods and templates have in common. */
function defaultSpec(spec: PodSpec, defaultOne: (container: Container) => Container): PodSpec {
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  return {
    ...mapContainers(spec, defaultOne),
    ...(spec.ephemeralContainers && {
      ephemeralContainers: ephemeralContainers({ spec }).map(defaultContainer),
    }),
    ...(spec.volumes && { volumes: spec.volumes.map(defaultVolume) }),
    restartPolicy: spec.restartPolicy || "Always",
    terminationGracePeriodSeconds: grace < 0 ? 1 : grace,
    dnsPolicy: spec.dnsPolicy || "ClusterFirst",
    schedulerName: spec.schedulerName || "default-scheduler",
    securityContext: spec.securityContext ?? {},
  };
}

/** R-DEFAULT-8 and R-DEFAULT-9 hold for Pods alone. */
function defaultForPod(given: Container, onHostNetwork: boolean): Container {
  const container = defaultContainer(given);
  const { ports, resources } = container;
  return {
    ...container,
    ...(ports && onHostNetwork && { ports: ports.map(withHostPort) }),
    resources: defaultRequests(resources!),
  };
}

function defaultContainer(container: Container): Container {
  const { ports, env, resources, lifecycle } = container;
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return {
    ...container,
    ...(ports && { ports: ports.map(defaultPort) }),
    ...(env && { env: env.map(defaultEnvVar) }),
    // A struct, not a pointer, in Go: always there (R-DEFAULT-9).
    resources: resources ?? {},
    ...(livenessProbe && { livenessProbe: defaultProbe(livenessProbe) }),
    ...(readinessProbe && { readinessProbe: defaultProbe(readinessProbe) }),
    ...(startupProbe && { startupProbe: defaultProbe(startupProbe) }),
    ...(lifecycle && {
      lifecycle: {
        ...lifecycle,
        ...(lifecycle.postStart && { postStart: defaultHandler(lifecycle.postStart) }),
        ...(lifecycle.preStop && { preStop: defaultHandler(lifecycle.preStop) }),
      },
    }),
    imagePullPolicy: container.imagePullPolicy || defaultPullPolicy(container.image ?? ""),
    terminationMessagePath: container.terminationMessagePath || "/dev/termination-log",
    terminationMessagePolicy: container.terminationMessagePolicy || "File",
  };
}

/**
 * R-DEFAULT-5: `Always` for the tag `latest` or none; a digest alone or an invalid name does not
 * count as a missing tag.
 */
function defaultPullPolicy(image: string): PullPolicy {
  const name = parseImageName(image);
  if (name === undefined) return "IfNotPresent";
  const { tag, digest } = name;
  return tag === "latest" || (tag === undefined && digest === undefined)
    ? "Always"
    : "IfNotPresent";
}

/** R-DEFAULT-7; host port 0 is none. */
function defaultPort(port: ContainerPort): ContainerPort {
  const { hostPort, ...rest } = port;
  return { ...rest, protocol: port.protocol || "TCP", ...(hostPort && { hostPort }) };
}

/** R-DEFAULT-8. */
function withHostPort(port: ContainerPort): ContainerPort {
  const { hostPort, ...rest } = port;
  return { ...rest, hostPort: hostPort || port.containerPort };
}

function defaultEnvVar(variable: EnvVar): EnvVar {
  const { valueFrom } = variable;
  return valueFrom ? { ...variable, valueFrom: defaultReferences(valueFrom) } : variable;
}

/** What an environment variable, or a file, may be read from. */
interface References {
  readonly fieldRef?: ObjectFieldSelector;
  readonly resourceFieldRef?: ResourceFieldSelector;
}

/** An amount is always written: a divisor that is not given is 0, which counts as 1 (R-ENV-6). */
function defaultReferences<T extends References>(source: T): T {
  const { fieldRef, resourceFieldRef } = source;
  return {
    ...source,
    ...(fieldRef && { fieldRef: defaultFieldRef(fieldRef) }),
    ...(resourceFieldRef && {
      resourceFieldRef: { ...resourceFieldRef, divisor: resourceFieldRef.divisor ?? "0" },
    }),
  };
}

/** R-DEFAULT-15. */
function defaultFieldRef(reference: ObjectFieldSelector): ObjectFieldSelector {
  return { ...reference, apiVersion: reference.apiVersion || "v1" };
}

/** R-DEFAULT-9. */
function defaultRequests(resources: ResourceRequirements): ResourceRequirements {
  return resources.limits
    ? { ...resources, requests: { ...resources.limits, ...resources.requests } }
    : resources;
}

/**
 * Amounts of the Pod as a whole: limits of huge pages are those of its containers together
 * (R-DEFAULT-19), requests what its containers ask for together, else the limit (R-DEFAULT-18).
 */
function defaultPodLevelResources(
  spec: PodSpec,
  resources: ResourceRequirements,
): ResourceRequirements {
  if (!hasAmounts(resources.requests) && !hasAmounts(resources.limits)) return resources;
  const hugePages = Object.entries(aggregateQuantities(spec, "limits"))
    .filter(([name]) => name.startsWith("hugepages-") && resources.requests?.[name] === undefined);
  const limits = { ...Object.fromEntries(hugePages), ...resources.limits };
  if (!hasAmounts(limits)) return resources;

  const own = Object.entries(limits).filter(([name]) => isPodLevelResource(name));
  const shared = Object.entries(aggregateQuantities(spec, "requests"))
    .filter(([name]) => name === "cpu" || name === "memory");
  const requests = { ...Object.fromEntries(own), ...Object.fromEntries(shared) };
  return { ...resources, limits, requests: { ...requests, ...resources.requests } };
}

function hasAmounts(list: ResourceList | undefined): boolean {
  return Object.keys(list ?? {}).length > 0;
}

/** R-PROBE-1; zero means "not given" too. */
function defaultProbe(given: Probe): Probe {
  const { initialDelaySeconds, ...probe } = given;
  return {
    ...probe,
    ...(initialDelaySeconds && { initialDelaySeconds }),
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
    ...(probe.httpGet && { httpGet: defaultHttpGet(probe.httpGet) }),
    ...(probe.grpc && { grpc: { ...probe.grpc, service: probe.grpc.service ?? "" } }),
  };
}

function defaultHandler(handler: LifecycleHandler): LifecycleHandler {
  return handler.httpGet ? { ...handler, httpGet: defaultHttpGet(handler.httpGet) } : handler;
}

/** R-DEFAULT-11. */
function defaultHttpGet(action: HTTPGetAction): HTTPGetAction {
  return { ...action, path: action.path || "/", scheme: action.scheme || "HTTP" };
}

/** R-DEFAULT-12, R-DEFAULT-13, R-DEFAULT-14. */
function defaultVolume(volume: Volume): Volume {
  const { name: _, ...sources } = volume;
  if (Object.values(sources).every((it) => it === undefined)) return { ...volume, emptyDir: {} };

  const { hostPath, configMap, secret, downwardAPI, projected, image, ephemeral } = volume;
  const template = ephemeral?.volumeClaimTemplate;
  return {
    ...volume,
    ...(hostPath && { hostPath: { ...hostPath, type: hostPath.type ?? "" } }),
    ...(configMap && { configMap: withMode(configMap) }),
    ...(secret && { secret: withMode(secret) }),
    ...(downwardAPI && { downwardAPI: defaultItems(withMode(downwardAPI)) }),
    ...(projected && {
      projected: {
        ...withMode(projected),
        ...(projected.sources && { sources: projected.sources.map(defaultProjection) }),
      },
    }),
    ...(template && {
      ephemeral: {
        volumeClaimTemplate: { ...template, spec: defaultClaimSpec(template.spec) },
      },
    }),
    ...(image && {
      image: { ...image, pullPolicy: image.pullPolicy || defaultPullPolicy(image.reference ?? "") },
    }),
  };
}

function defaultProjection(source: VolumeProjection): VolumeProjection {
  const { downwardAPI, serviceAccountToken: token } = source;
  return {
    ...source,
    ...(downwardAPI && { downwardAPI: defaultItems(downwardAPI) }),
    ...(token && {
      serviceAccountToken: { ...token, expirationSeconds: token.expirationSeconds ?? 3600 },
    }),
  };
}

function withMode<T extends { readonly defaultMode?: number }>(source: T): T {
  return { ...source, defaultMode: source.defaultMode ?? DEFAULT_FILE_MODE };
}

function defaultItems<T extends { readonly items?: readonly DownwardAPIVolumeFile[] }>(
  source: T,
): T {
  return source.items ? { ...source, items: source.items.map(defaultReferences) } : source;
}
