/**
 * The operating system that a Pod is for, and what it forbids (R-VALID-56, R-VALID-73); options for
 * Windows.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, validateOS, validateLinux,
 * validateWindows, validateWindowsSecurityContextOptions and validateWindowsHostProcessPod.
 */
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { PodSpec, WindowsSecurityContextOptions } from "../../types/pod.ts";
import {
  byteLength,
  dnsSubdomainDetails,
  type FieldErrors,
  validateValue,
} from "../common/validate_value.ts";
import { containersWithPaths } from "./container_paths.ts";

/**
 * Of the Pod's security context and of the Pod itself, in the order in which they are looked at.
 */
const POD_FIELDS = [
  "securityContext.appArmorProfile",
  "securityContext.seLinuxOptions",
  "hostUsers",
  "hostPID",
  "hostIPC",
  "securityContext.seccompProfile",
  "securityContext.fsGroup",
  "securityContext.fsGroupChangePolicy",
  "securityContext.sysctls",
  "shareProcessNamespace",
  "securityContext.runAsUser",
  "securityContext.runAsGroup",
  "securityContext.supplementalGroups",
  "securityContext.supplementalGroupsPolicy",
  "securityContext.seLinuxChangePolicy",
];

const CONTAINER_FIELDS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

const MAX_CREDENTIAL_SPEC_KIB = 64;
const MAX_DOMAIN = 256;
const MAX_USER = 104;

/** `spec.os` and what it forbids elsewhere. */
export function* validateOS(spec: PodSpec, name: string): FieldErrors {
  if (!name) yield required("spec.os.name");
  else if (name === "linux") yield* validateLinux(spec);
  else if (name === "windows") yield* validateWindows(spec);
  else yield notSupported("spec.os", name, ["linux", "windows"]);
}

function* validateLinux(spec: PodSpec): FieldErrors {
  const contexts = [
    ["spec", spec.securityContext] as const,
    ...containersWithPaths(spec).map(([path, it]) => [path, it.securityContext] as const),
  ];
  for (const [path, context] of contexts) {
    if (!context?.windowsOptions) continue;
    const detail = "windows options cannot be set for a linux pod";
    yield forbidden(`${path}.securityContext.windowsOptions`, detail);
  }
}

function* validateWindows(spec: PodSpec): FieldErrors {
  const detail = "cannot be set for a windows pod";
  for (const field of POD_FIELDS) {
    const key = field.split(".").at(-1)!;
    const holder: object = field.includes(".") ? spec.securityContext ?? {} : spec;
    const value: unknown = (holder as Readonly<Record<string, unknown>>)[key];
    // Go holds these without a pointer, so that what asks for nothing is nothing.
    const isPlain = key === "hostPID" || key === "hostIPC" || key === "sysctls";
    if (isPlain ? isSomething(value) : value !== undefined) {
      yield forbidden(`spec.${field}`, detail);
    }
  }
  for (const [path, { securityContext = {} }] of containersWithPaths(spec)) {
    for (const key of CONTAINER_FIELDS) {
      if (securityContext[key] !== undefined) {
        yield forbidden(`${path}.securityContext.${key}`, detail);
      }
    }
  }
  if (spec.resources) yield forbidden("spec.resources", "may not be set for a windows pod");
}

function isSomething(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value === true;
}

/** `windowsOptions` of a Pod or a container. */
export function* validateWindowsOptions(
  path: string,
  options: WindowsSecurityContextOptions,
): FieldErrors {
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (specName !== undefined) {
    yield* validateValue(`${path}.gmsaCredentialSpecName`, specName, dnsSubdomainDetails);
  }
  if (spec === "") {
    const detail = "gmsaCredentialSpec cannot be an empty string";
    yield invalid(`${path}.gmsaCredentialSpec`, spec, detail);
  } else if (spec !== undefined && byteLength(spec) > MAX_CREDENTIAL_SPEC_KIB * 1024) {
    const detail = `gmsaCredentialSpec size must be under ${MAX_CREDENTIAL_SPEC_KIB} KiB`;
    yield invalid(`${path}.gmsaCredentialSpec`, spec, detail);
  }
  if (runAsUserName !== undefined) {
    yield* validateValue(`${path}.runAsUserName`, runAsUserName, userNameDetails);
  }
}

/** `USER` or `DOMAIN\\USER`. */
function userNameDetails(name: string): readonly string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  if (/\p{Cc}/u.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];

  const user = parts.pop() ?? "";
  const domain = parts.pop();
  const details: string[] = [];
  if (domain !== undefined) {
    if (byteLength(domain) >= MAX_DOMAIN) {
      details.push(`runAsUserName's Domain length must be under ${MAX_DOMAIN} characters`);
    }
    const isNetBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/.test(domain);
    const isDNS =
      /^(?:[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]|[A-Za-z0-9])(?:\.(?:[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]|[A-Za-z0-9]))*$/
        .test(domain);
    if (!isNetBios && !isDNS) {
      details.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === "") details.push("runAsUserName's User cannot be empty");
  else if (byteLength(user) > MAX_USER) {
    details.push(`runAsUserName's User length must not be longer than ${MAX_USER} characters`);
  }
  if (/^[. ]+$/.test(user)) {
    details.push("runAsUserName's User cannot contain only periods or spaces");
  }
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    details.push(
      "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
    );
  }
  return details;
}

/** All containers of a Pod are processes of the Windows host, or none. */
export function* validateHostProcess(spec: PodSpec): FieldErrors {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = containersWithPaths(spec);
  let count = 0;
  for (const [path, { securityContext }] of containers) {
    const own = securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      yield invalid(`${path}.securityContext.windowsOptions.hostProcess`, own, detail);
    }
    if (own ?? ofPod) count++;
  }
  if (count === 0) return;
  if (count !== containers.length) {
    const detail =
      "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    yield invalid("spec", "", detail);
  }
  if (!spec.hostNetwork) {
    const detail = "hostNetwork must be true if pod contains any hostProcess containers";
    yield invalid("spec.hostNetwork", false, detail);
  }
}
