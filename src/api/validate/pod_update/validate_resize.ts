/**
 * What may change in the amounts of a Pod that is there (R-RESIZE-1, R-RESIZE-2).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePodResize;
 * pkg/registry/core/pod/strategy.go, dropNonResizeUpdates.
 */
import { forbidden, invalid } from "../../types/errors.ts";
import { RESIZABLE } from "../../amounts/amounts.ts";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../types/pod.ts";
import { computePodQOS } from "../../types/qos.ts";
import { isEqual } from "../common/equality.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import type { FieldErrors } from "../common/validate_value.ts";
import { podErrors } from "../pod/validate_pod.ts";

/** The annotation of a Pod that a file on its node stands for. */
const MIRROR = "kubernetes.io/config.mirror";
const LISTS = ["initContainers", "containers"] as const;

/**
 * The Pod with other amounts and resize policies, and all else as it is. Where containers are not
 * the same ones they stay as given, so that this is refused.
 */
export function withResize(pod: Pod, old: Pod): Pod {
  const merge = (key: typeof LISTS[number]) => {
    const [given = [], present = []] = [pod.spec[key], old.spec[key]];
    const isSame = given.length === present.length &&
      given.every(({ name }, i) => name === present[i]!.name);
    if (!isSame) return given.length > 0 ? { [key]: given } : {};
    if (present.length === 0) return {};
    return { [key]: present.map((it, i) => withResources(it, given[i]!)) };
  };
  const { resources: _, initContainers: _inits, ...rest } = old.spec;
  const { resources } = pod.spec;
  return {
    ...old,
    spec: {
      ...rest,
      ...merge("initContainers"),
      ...merge("containers"),
      ...(resources && { resources }),
    },
  };
}

function withResources(container: Container, { resources, resizePolicy }: Container): Container {
  const { resources: _, resizePolicy: _policy, ...rest } = container;
  return { ...rest, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
}

/** Everything that is wrong with resizing `old` to `pod`; defaults are applied to both. */
export function* resizeErrors(pod: Pod, old: Pod): FieldErrors {
  if (old.metadata.annotations?.[MIRROR] !== undefined) {
    return yield forbidden("", "static pods cannot be resized");
  }
  if (old.spec.os?.name === "windows") {
    return yield forbidden("", "windows pods cannot be resized");
  }
  yield* validateMetaUpdate(pod.metadata, old.metadata);
  yield* podErrors(pod);
  const qos = computePodQOS(old);
  if (computePodQOS(pod) !== qos) {
    yield invalid("spec", qos, "Pod QOS Class may not change as a result of resizing");
  }
  const others = [...otherContainers(pod.spec, old.spec)];
  if (others.length > 0) return yield* others;
  for (const key of LISTS) {
    for (const [i, container] of (pod.spec[key] ?? []).entries()) {
      const path = `spec.${key}[${i}]`;
      const present = old.spec[key]![i]!;
      yield* removedAmounts(
        `${path}.resources`,
        container.resources,
        present.resources,
        "resource",
      );
      if (key === "initContainers") yield* initErrors(path, container, present);
    }
  }
  if (old.spec.resources !== undefined) {
    if (pod.spec.resources === undefined) {
      yield forbidden("spec.resources", "pod-level resources cannot be removed");
    } else {
      const [given, present] = [pod.spec.resources, old.spec.resources];
      yield* removedAmounts("spec.resources", given, present, "pod-level resource");
    }
  }
  if (!isEqual(otherAmounts(pod.spec.resources), otherAmounts(old.spec.resources))) {
    yield forbidden("spec", "only cpu and memory resources are mutable at pod-level");
  }
  if (!isEqual(pod.spec.containers.map(withoutAmounts), old.spec.containers.map(withoutAmounts))) {
    yield forbidden("spec", "only cpu and memory resources are mutable");
  }
}

function* otherContainers(spec: PodSpec, old: PodSpec): FieldErrors {
  for (const key of ["containers", "initContainers"] as const) {
    const [given = [], present = []] = [spec[key], old[key]];
    if (given.length !== present.length) {
      yield forbidden(`spec.${key}`, `${key} may not be added or removed on resize`);
      continue;
    }
    for (const [i, { name }] of given.entries()) {
      if (name === present[i]!.name) continue;
      const detail = `${key} may not be renamed or reordered on resize`;
      yield forbidden(`spec.${key}[${i}].name`, detail);
    }
  }
}

function* initErrors(path: string, container: Container, old: Container): FieldErrors {
  if (!isEqual(withoutAmounts(container), withoutAmounts(old))) {
    const detail = "only cpu and memory resources for init or sidecar containers are mutable";
    yield forbidden(path, detail);
  }
  const isSidecar = container.restartPolicy === "Always";
  const restarts = old.resizePolicy?.some((it) => it.restartPolicy === "RestartContainer") ?? false;
  if (!isSidecar && restarts && !isEqual(container.resources, old.resources)) {
    yield forbidden(
      path,
      "non-sidecar init containers with a resize policy of RestartContainer cannot be resized",
    );
  }
}

/** Amounts may be added, and not be taken away. */
function* removedAmounts(
  path: string,
  given: ResourceRequirements = {},
  old: ResourceRequirements = {},
  what: string,
): FieldErrors {
  for (const kind of ["requests", "limits"] as const) {
    const isRemoved = RESIZABLE.some((name) =>
      old[kind]?.[name] !== undefined && given[kind]?.[name] === undefined
    );
    if (isRemoved) yield forbidden(`${path}.${kind}`, `${what} ${kind} cannot be removed`);
  }
}

/** A container without what a resize changes. */
function withoutAmounts({ resources, ...container }: Container): unknown {
  return { ...container, resources: otherAmounts(resources) };
}

/** Amounts of anything else. */
function otherAmounts({ requests = {}, limits = {}, ...rest }: ResourceRequirements = {}): unknown {
  const keep = (list: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(list).filter(([name]) => !RESIZABLE.some((it) => it === name)),
    );
  return { ...rest, requests: keep(requests), limits: keep(limits) };
}
