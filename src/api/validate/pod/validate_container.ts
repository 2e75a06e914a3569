/**
 * Containers: mains and those of the init sequence.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, validateContainers and
 * validateInitContainers.
 */
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooMany,
} from "../../types/errors.ts";
import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  PodSpec,
  Volume,
} from "../../types/pod.ts";
import { validateEnv, validateEnvFrom } from "./validate_env.ts";
import { validateMounts } from "./validate_mount.ts";
import { PROBES, validateHooksAndProbes } from "./validate_probe.ts";
import { validateResources } from "./validate_resources.ts";
import { validateSecurityContext } from "./validate_security.ts";
import {
  dnsLabelDetails,
  type FieldErrors,
  portNameDetails,
  validateRange,
  validateRequired,
  validateWord,
} from "../common/validate_value.ts";

/** What containers refer to. */
export interface Defined {
  /** The volumes that have no error themselves, by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  /** The names of `spec.resourceClaims`. */
  readonly claims: ReadonlySet<string>;
}

const MAX_RESTART_RULES = 20;
const MAX_EXIT_CODES = 255;

/** `spec.containers` (R-VALID-10 to R-VALID-24, R-VALID-34). */
export function* validateContainers(spec: PodSpec, defined: Defined): FieldErrors {
  if (spec.containers.length === 0) yield required("spec.containers");
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  const portErrors: FieldError[] = [];
  for (const [i, container] of spec.containers.entries()) {
    const path = `spec.containers[${i}]`;
    yield* validateContainer(path, container, spec, defined);
    if (names.has(container.name)) yield duplicate(`${path}.name`, container.name);
    names.add(container.name);
    yield* validateHooksAndProbes(path, container, spec);
    if (container.restartPolicy !== undefined || container.restartPolicyRules) {
      yield* validateRestart(path, container);
    }
    portErrors.push(...validateHostPorts(path, container, hostPorts));
  }
  // Over all mains, so after all of them.
  yield* portErrors;
}

/**
 * `spec.initContainers`: a name that a main has too is blamed on the init container (R-VALID-13);
 * host ports clash only within one, since they do not run at the same time.
 *
 * Differs: Kubernetes gives such a clash the path of the first init container, whichever has it.
 */
export function* validateInitContainers(spec: PodSpec, defined: Defined): FieldErrors {
  const names = new Set(spec.containers.map((it) => it.name));
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const path = `spec.initContainers[${i}]`;
    yield* validateContainer(path, container, spec, defined);
    if (container.restartPolicy !== undefined || container.restartPolicyRules) {
      yield* validateRestart(path, container);
    }
    if (names.has(container.name)) yield duplicate(`${path}.name`, container.name);
    else if (container.name) names.add(container.name);
    yield* validateHostPorts(path, container, new Set());
    if (container.restartPolicy === "Always") {
      yield* validateHooksAndProbes(path, container, spec);
    } else {
      for (const key of ["lifecycle", ...PROBES] as const) {
        if (!container[key]) continue;
        const detail = "may not be set for init containers without restartPolicy=Always";
        yield forbidden(`${path}.${key}`, detail);
      }
      for (const [j, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
        if (restartPolicy !== "RestartContainer") continue;
        const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
        yield invalid(`${path}.resizePolicy[${j}].restartPolicy`, restartPolicy, detail);
      }
    }
  }
}

/** Blanks around an image's name, which Kubernetes looks for last of all (R-VALID-14). */
export function* validateImages(
  path: string,
  containers: readonly Container[] | undefined,
): FieldErrors {
  for (const [i, { image = "" }] of (containers ?? []).entries()) {
    if (image !== image.trim()) {
      const detail = "must not have leading or trailing whitespace";
      yield invalid(`${path}[${i}].image`, image, detail);
    }
  }
}

/** What holds for every container. */
export function* validateContainer(
  path: string,
  container: Container,
  spec: PodSpec,
  defined: Defined,
): FieldErrors {
  yield* validateRequired(`${path}.name`, container.name, dnsLabelDetails);
  if (!container.image) yield required(`${path}.image`);
  const messagePolicies = ["File", "FallbackToLogsOnError"];
  const { terminationMessagePolicy, imagePullPolicy } = container;
  yield* validateWord(
    `${path}.terminationMessagePolicy`,
    terminationMessagePolicy,
    messagePolicies,
  );
  const { ports, env, envFrom, resources, resizePolicy, securityContext } = container;
  if (ports) yield* validatePorts(`${path}.ports`, ports);
  if (env) yield* validateEnv(`${path}.env`, env);
  if (envFrom) yield* validateEnvFrom(`${path}.envFrom`, envFrom);
  if (container.volumeMounts || container.volumeDevices) {
    yield* validateMounts(path, container, defined.volumes);
  }
  const pullPolicies = ["Always", "IfNotPresent", "Never"];
  yield* validateWord(`${path}.imagePullPolicy`, imagePullPolicy, pullPolicies);
  if (resources) yield* validateResources(`${path}.resources`, resources, defined.claims);
  if (resizePolicy) yield* validateResizePolicy(`${path}.resizePolicy`, resizePolicy, spec);
  if (securityContext) {
    const sharesUsers = spec.hostUsers !== false;
    yield* validateSecurityContext(
      `${path}.securityContext`,
      securityContext,
      sharesUsers,
    );
  }
}

/** R-VALID-31 to R-VALID-33. */
function* validatePorts(path: string, ports: readonly ContainerPort[]): FieldErrors {
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = `${path}[${i}]`;
    if (port.name) {
      const details = portNameDetails(port.name);
      for (const detail of details) yield invalid(`${at}.name`, port.name, detail);
      if (details.length === 0) {
        if (names.has(port.name)) yield duplicate(`${at}.name`, port.name);
        names.add(port.name);
      }
    }
    if (!port.containerPort) yield required(`${at}.containerPort`);
    else yield* validateRange(`${at}.containerPort`, port.containerPort, 1, 65535);
    if (port.hostPort) yield* validateRange(`${at}.hostPort`, port.hostPort, 1, 65535);
    yield* validateWord(`${at}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]);
  }
}

/** R-VALID-34; `taken` is added to. */
function* validateHostPorts(path: string, container: Container, taken: Set<string>): FieldErrors {
  for (const [i, port] of (container.ports ?? []).entries()) {
    if (!port.hostPort) continue;
    const key = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
    if (taken.has(key)) yield duplicate(`${path}.ports[${i}].hostPort`, key);
    taken.add(key);
  }
}

/** The container's own restart policy and its rules (R-VALID-16 to R-VALID-20). */
function* validateRestart(path: string, container: Container): FieldErrors {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  const policies = ["Always", "Never", "OnFailure"];
  if (restartPolicy === undefined) {
    if (rules.length > 0) {
      const detail = "must specify restartPolicy when restart rules are used";
      yield required(`${path}.restartPolicy`, detail);
    }
  } else if (!policies.includes(restartPolicy)) {
    yield notSupported(`${path}.restartPolicy`, restartPolicy, policies);
  }
  if (rules.length > MAX_RESTART_RULES) {
    yield tooMany(`${path}.restartPolicyRules`, rules.length, MAX_RESTART_RULES);
  }
  for (const [i, { action, exitCodes }] of rules.entries()) {
    const at = `${path}.restartPolicyRules[${i}]`;
    const actions = ["Restart", "RestartAllContainers"];
    if (!actions.includes(action)) yield notSupported(`${at}.action`, action, actions);
    if (!exitCodes) {
      yield required(`${at}.exitCodes`, "must be specified");
      continue;
    }
    const { operator, values = [] } = exitCodes;
    const operators = ["In", "NotIn"];
    if (!operators.includes(operator)) {
      yield notSupported(`${at}.exitCodes.operator`, operator, operators);
    }
    if (values.length > MAX_EXIT_CODES) {
      yield tooMany(`${at}.exitCodes.values`, values.length, MAX_EXIT_CODES);
    }
  }
}

/** Errors are on the list, as in Kubernetes (R-VALID-78). */
function* validateResizePolicy(
  path: string,
  policies: readonly ContainerResizePolicy[],
  spec: PodSpec,
): FieldErrors {
  const seen = new Set<string>();
  for (const [i, { resourceName, restartPolicy }] of policies.entries()) {
    if (seen.has(resourceName)) yield duplicate(`${path}[${i}]`, resourceName);
    seen.add(resourceName);
    yield* validateWord(path, resourceName, ["cpu", "memory"]);
    yield* validateWord(path, restartPolicy, ["NotRequired", "RestartContainer"]);
    if (spec.restartPolicy === "Never" && restartPolicy !== "NotRequired") {
      const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      yield invalid(path, restartPolicy, detail);
    }
  }
}
