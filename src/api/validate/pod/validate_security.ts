/**
 * Security contexts, of containers and of a Pod as a whole (R-VALID-62, R-VALID-63).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateSecurityContext and
 * validatePodSpecSecurityContext.
 */
import { duplicate, forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type {
  AppArmorProfile,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from "../../types/pod.ts";
import {
  type FieldErrors,
  validateDescendingPath,
  validateRange,
} from "../common/validate_value.ts";
import { containersWithPaths } from "./container_paths.ts";
import { validateWindowsOptions } from "./validate_os.ts";

/** The largest user or group id. */
const MAX_ID = 2 ** 31 - 1;

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const MAX_SYSCTL = 253;
const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];

/**
 * `securityContext` of a container.
 * @param sharesUsers `hostUsers` is not false
 */
export function* validateSecurityContext(
  path: string,
  context: SecurityContext,
  sharesUsers: boolean,
): FieldErrors {
  const { procMount, allowPrivilegeEscalation, privileged, capabilities } = context;
  yield* validateId(`${path}.runAsUser`, context.runAsUser);
  yield* validateId(`${path}.runAsGroup`, context.runAsGroup);
  if (procMount !== undefined) {
    yield* validateChoice(`${path}.procMount`, procMount, ["Default", "Unmasked"]);
    if (sharesUsers && procMount === "Unmasked") {
      const detail = "`hostUsers` must be false to use `Unmasked`";
      yield invalid(`${path}.procMount`, procMount, detail);
    }
  }
  if (context.seccompProfile) {
    yield* validateSeccomp(`${path}.seccompProfile`, context.seccompProfile);
  }
  if (allowPrivilegeEscalation === false) {
    if (privileged) {
      const detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
      yield invalid(path, goContext(context), detail);
    }
    if (capabilities?.add?.includes("CAP_SYS_ADMIN")) {
      const detail =
        "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      yield invalid(path, goContext(context), detail);
    }
  }
  if (context.windowsOptions) {
    yield* validateWindowsOptions(`${path}.windowsOptions`, context.windowsOptions);
  }
  if (context.appArmorProfile) {
    yield* validateAppArmor(`${path}.appArmorProfile`, context.appArmorProfile);
  }
}

/** `spec.securityContext`. */
export function* validatePodSecurityContext(path: string, spec: PodSpec): FieldErrors {
  const context = spec.securityContext ?? {};
  yield* validateId(`${path}.fsGroup`, context.fsGroup);
  yield* validateId(`${path}.runAsUser`, context.runAsUser);
  yield* validateId(`${path}.runAsGroup`, context.runAsGroup);
  for (const [i, group] of (context.supplementalGroups ?? []).entries()) {
    yield* validateId(`${path}.supplementalGroups[${i}]`, group);
  }
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = "ShareProcessNamespace and HostPID cannot both be enabled";
    yield invalid(`${path}.shareProcessNamespace`, true, detail);
  }
  if (context.sysctls) yield* validateSysctls(`${path}.sysctls`, context.sysctls, spec);
  const { fsGroupChangePolicy, supplementalGroupsPolicy, seLinuxChangePolicy } = context;
  yield* validateChoice(`${path}.fsGroupChangePolicy`, fsGroupChangePolicy, [
    "Always",
    "OnRootMismatch",
  ]);
  if (context.seccompProfile) {
    yield* validateSeccomp(`${path}.seccompProfile`, context.seccompProfile);
  }
  if (context.windowsOptions) {
    yield* validateWindowsOptions(`${path}.windowsOptions`, context.windowsOptions);
  }
  if (context.appArmorProfile) {
    yield* validateAppArmor(`${path}.appArmorProfile`, context.appArmorProfile);
  }
  yield* validateChoice(`${path}.supplementalGroupsPolicy`, supplementalGroupsPolicy, [
    "Merge",
    "Strict",
  ]);
  yield* validateChoice(`${path}.seLinuxChangePolicy`, seLinuxChangePolicy, [
    "Recursive",
  ]);
}

function* validateId(path: string, id: number | undefined): FieldErrors {
  if (id !== undefined) yield* validateRange(path, id, 0, MAX_ID);
}

/** A word that may be left out, but not be empty. */
function* validateChoice(
  path: string,
  value: string | undefined,
  words: readonly string[],
): FieldErrors {
  if (value !== undefined && !words.includes(value)) yield notSupported(path, value, words);
}

function* validateSeccomp(path: string, profile: SeccompProfile): FieldErrors {
  const { type, localhostProfile } = profile;
  if (!type) yield required(`${path}.type`, "type is required when seccompProfile is set");
  else yield* validateChoice(`${path}.type`, type, PROFILE_TYPES);
  const at = `${path}.localhostProfile`;
  if (type !== "Localhost") {
    if (localhostProfile !== undefined) {
      yield invalid(at, goProfile(profile), "can only be set when seccomp type is Localhost");
    }
  } else if (localhostProfile === undefined) {
    yield required(at, "must be set when seccomp type is Localhost");
  } else yield* validateDescendingPath(at, localhostProfile);
}

function* validateAppArmor(path: string, profile: AppArmorProfile): FieldErrors {
  const { type, localhostProfile } = profile;
  const at = `${path}.localhostProfile`;
  if (!type) yield required(`${path}.type`, "type is required when appArmorProfile is set");
  else if (!PROFILE_TYPES.includes(type)) yield notSupported(`${path}.type`, type, PROFILE_TYPES);
  else if (type !== "Localhost") {
    if (localhostProfile !== undefined) {
      yield invalid(at, localhostProfile, "can only be set when AppArmor type is Localhost");
    }
  } else if (!localhostProfile) {
    yield required(at, "must be set when AppArmor type is Localhost");
  } else if (localhostProfile !== localhostProfile.trim()) {
    yield invalid(at, localhostProfile, "must not be padded with whitespace");
  }
}

function* validateSysctls(
  path: string,
  sysctls: readonly Sysctl[],
  spec: PodSpec,
): FieldErrors {
  const names = new Set<string>();
  for (const [i, { name }] of sysctls.entries()) {
    const at = `${path}[${i}].name`;
    if (!name) yield required(at);
    else if (name.length > MAX_SYSCTL || !SYSCTL.test(name)) {
      const detail = `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL.source}`;
      yield invalid(at, name, detail);
    } else if (names.has(name)) yield duplicate(at, name);
    names.add(name);

    const dotted = name.replaceAll("/", ".");
    if (spec.hostNetwork && dotted.startsWith("net.")) {
      yield invalid(at, name, "may not be specified when 'hostNetwork' is true");
    } else if (spec.hostIPC && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(dotted)) {
      yield invalid(at, name, "may not be specified when 'hostIPC' is true");
    }
  }
}

/**
 * A Pod with users of its own (`hostUsers: false`) cannot share the node's other namespaces, nor
 * its devices.
 */
export function* validateHostUsers(spec: PodSpec): FieldErrors {
  const detail = "when `hostUsers` is false";
  if (spec.hostNetwork) yield forbidden("spec.hostNetwork", detail);
  if (spec.hostPID) yield forbidden("spec.HostPID", detail);
  if (spec.hostIPC) yield forbidden("spec.HostIPC", detail);
  for (const [path, { volumeDevices }] of containersWithPaths(spec)) {
    if (volumeDevices?.length) yield forbidden(`${path}.volumeDevices`, detail);
  }
}

/**
 * As Go's struct is printed: every field in its order, null where there is none.
 *
 * Rule: Kubernetes, pkg/apis/core/types.go, SecurityContext; apimachinery,
 * pkg/util/validation/field/errors.go.
 */
function goContext(context: SecurityContext): unknown {
  const { capabilities, seLinuxOptions: label, windowsOptions: windows } = context;
  return {
    Capabilities: capabilities
      ? { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null }
      : null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: label
      ? {
        User: label.user ?? "",
        Role: label.role ?? "",
        Type: label.type ?? "",
        Level: label.level ?? "",
      }
      : null,
    WindowsOptions: windows
      ? {
        GMSACredentialSpecName: windows.gmsaCredentialSpecName ?? null,
        GMSACredentialSpec: windows.gmsaCredentialSpec ?? null,
        RunAsUserName: windows.runAsUserName ?? null,
        HostProcess: windows.hostProcess ?? null,
      }
      : null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: context.seccompProfile ? goProfile(context.seccompProfile) : null,
    AppArmorProfile: context.appArmorProfile ? goProfile(context.appArmorProfile) : null,
  };
}

function goProfile({ type, localhostProfile }: SeccompProfile | AppArmorProfile): unknown {
  return { Type: type, LocalhostProfile: localhostProfile ?? null };
}
