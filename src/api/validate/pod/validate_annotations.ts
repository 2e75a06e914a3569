/**
 * Annotations of a Pod that mean something to Kubernetes (R-VALID-74): older forms of fields, and
 * what a node or a controller reads.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePodSpecificAnnotations and
 * validateSeccompAnnotationsAndFields.
 */
import { forbidden, invalid } from "../../types/errors.ts";
import type { AppArmorProfile, Pod, SeccompProfile } from "../../types/pod.ts";
import { APP_ARMOR_ANNOTATION } from "../../pod_annotations.ts";
import { type FieldErrors, validateDescendingPath } from "../common/validate_value.ts";
import { containersWithPaths } from "./container_paths.ts";

const MIRROR = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";

/** Annotations of an object, by key. */
export type Annotations = Readonly<Record<string, string>>;

/** What is wrong with the annotations themselves. */
export function* validatePodAnnotations(path: string, pod: Pod): FieldErrors {
  const { metadata: { annotations = {} }, spec } = pod;
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = "must set spec.nodeName if mirror pod annotation is set";
    yield invalid(`${path}[${MIRROR}]`, mirror, detail);
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) {
    yield invalid(`${path}[${DELETION_COST}]`, cost, "must be a 32bit integer");
  }
  yield* validateSeccompAnnotations(path, annotations);
  const names = containersWithPaths(spec).map(([, { name }]) => name);
  for (const [key, profile] of withPrefix(annotations, APP_ARMOR_ANNOTATION)) {
    const name = key.slice(APP_ARMOR_ANNOTATION.length);
    const at = `${path}[${key}]`;
    if (!names.includes(name)) yield invalid(at, name, "container not found");
    if (!/^(|runtime\/default|unconfined|localhost\/.*)$/s.test(profile)) {
      const shown = JSON.stringify(profile);
      yield invalid(at, profile, `invalid AppArmor profile name: ${shown}`);
    }
  }
}

/** The path has a dot before the key, not brackets around it, as in Kubernetes. */
function* validateSeccompAnnotations(path: string, annotations: Annotations): FieldErrors {
  const ofPod = Object.entries(annotations).filter(([key]) => key === SECCOMP_POD);
  for (const [key, profile] of [...ofPod, ...withPrefix(annotations, SECCOMP_CONTAINER)]) {
    const at = `${path}.${key}`;
    if (profile.startsWith("localhost/")) {
      yield* validateDescendingPath(at, profile.slice("localhost/".length));
    } else if (!["runtime/default", "docker/default", "unconfined"].includes(profile)) {
      yield invalid(at, profile, "must be a valid seccomp profile");
    }
  }
}

/** Whether annotations of a new Pod agree with its fields. */
export function* validateAnnotationsAgainstFields(pod: Pod): FieldErrors {
  const { metadata: { annotations = {} }, spec } = pod;
  yield* validateProfile(
    "spec.securityContext.seccompProfile",
    "seccomp",
    annotations[SECCOMP_POD],
    spec.securityContext?.seccompProfile,
  );
  for (const [path, { name, securityContext }] of containersWithPaths(spec)) {
    yield* validateProfile(
      `${path}.securityContext.seccompProfile`,
      "seccomp",
      annotations[SECCOMP_CONTAINER + name],
      securityContext?.seccompProfile,
    );
  }
  if (spec.os?.name === "windows") return;
  for (const [path, { name, securityContext }] of containersWithPaths(spec)) {
    yield* validateProfile(
      `${path}.securityContext.appArmorProfile`,
      "apparmor",
      annotations[APP_ARMOR_ANNOTATION + name],
      securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile,
    );
  }
}

function* validateProfile(
  path: string,
  kind: "seccomp" | "apparmor",
  annotation: string | undefined,
  profile: SeccompProfile | AppArmorProfile | undefined,
): FieldErrors {
  if (annotation === undefined || profile === undefined) return;
  const isDefault = annotation === "runtime/default" ||
    (kind === "seccomp" && annotation === "docker/default");
  const isSameType: Readonly<Record<string, boolean>> = {
    Unconfined: annotation === "unconfined",
    RuntimeDefault: isDefault,
    Localhost: annotation.startsWith("localhost/"),
  };
  if (isSameType[profile.type] === false) {
    yield forbidden(`${path}.type`, `${kind} type in annotation and field must match`);
  } else if (
    profile.type === "Localhost" &&
    annotation.slice("localhost/".length) !== profile.localhostProfile
  ) {
    const detail = `${kind} profile in annotation and field must match`;
    yield forbidden(`${path}.localhostProfile`, detail);
  }
}

/** What may change in the annotations of a Pod that is there already. */
export function* validateAnnotationUpdate(
  path: string,
  annotations: Annotations,
  old: Annotations,
): FieldErrors {
  const kindOf = (key: string) =>
    key.startsWith(APP_ARMOR_ANNOTATION)
      ? "AppArmor annotations"
      : key === MIRROR
      ? "mirror pod annotation"
      : undefined;
  for (const [key, value] of Object.entries(old)) {
    const kind = kindOf(key);
    if (kind === undefined || annotations[key] === value) continue;
    yield forbidden(`${path}[${key}]`, `may not remove or update ${kind}`);
  }
  for (const key of Object.keys(annotations)) {
    const kind = kindOf(key);
    if (kind === undefined || Object.hasOwn(old, key)) continue;
    yield forbidden(`${path}[${key}]`, `may not add ${kind}`);
  }
}

function withPrefix(annotations: Annotations, prefix: string): [string, string][] {
  return Object.entries(annotations).filter(([key]) => key.startsWith(prefix));
}

/** As Go parses it, but without a plus sign and leading zeros. */
function isInt32(text: string): boolean {
  if (!/^(0|[1-9]\d*|-\d+)$/.test(text)) return false;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31;
}
