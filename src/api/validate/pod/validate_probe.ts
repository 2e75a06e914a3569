/**
 * Probes and lifecycle hooks (R-VALID-48 to R-VALID-55).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, validateProbe and validateLifecycle.
 */
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type {
  Container,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  PodSpec,
  Probe,
} from "../../types/pod.ts";
import {
  type FieldErrors,
  httpHeaderDetails,
  validateNonNegative,
  validatePort,
  validateValue,
  validateWord,
} from "../common/validate_value.ts";

/** Every probe a container may have, in Kubernetes' order. */
export const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

/** One of the keys in {@link PROBES}. */
export type ProbeKey = typeof PROBES[number];

/** The numbers of a probe. */
const PROBE_NUMBERS = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

/** In this order the second of two handlers is found (R-VALID-48). */
const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

/** What a hook or a probe does; each of them knows a part of it. */
type Handler = Omit<LifecycleHandler, "grpc"> & Pick<Probe, "grpc">;

/** Hooks and probes of a container that may have them (R-VALID-48 to R-VALID-55). */
export function* validateHooksAndProbes(
  path: string,
  container: Container,
  spec: PodSpec,
): FieldErrors {
  if (container.lifecycle) {
    yield* validateLifecycle(`${path}.lifecycle`, container.lifecycle, spec);
  }
  for (const key of PROBES) {
    const probe = container[key];
    if (probe) yield* validateProbe(`${path}.${key}`, key, probe, spec);
  }
}

function* validateProbe(path: string, key: ProbeKey, probe: Probe, spec: PodSpec): FieldErrors {
  yield* validateHandler(path, probe, spec);
  for (const number of PROBE_NUMBERS) {
    yield* validateNonNegative(`${path}.${number}`, probe[number]);
  }
  const { successThreshold, terminationGracePeriodSeconds: grace } = probe;
  const gracePath = `${path}.terminationGracePeriodSeconds`;
  if (grace !== undefined && grace <= 0) yield invalid(gracePath, grace, "must be greater than 0");
  if (key === "readinessProbe") {
    if (grace !== undefined) yield invalid(gracePath, grace, "must not be set for readinessProbes");
  } else if (successThreshold !== 1) {
    yield invalid(`${path}.successThreshold`, successThreshold ?? 0, "must be 1");
  }
}

function* validateLifecycle(path: string, lifecycle: Lifecycle, spec: PodSpec): FieldErrors {
  const { postStart, preStop, stopSignal } = lifecycle;
  if (postStart) yield* validateHandler(`${path}.postStart`, postStart, spec);
  if (preStop) yield* validateHandler(`${path}.preStop`, preStop, spec);
  if (stopSignal !== undefined) {
    yield* validateStopSignal(`${path}.stopSignal`, stopSignal, spec.os?.name);
  }
}

function* validateHandler(path: string, handler: Handler, spec: PodSpec): FieldErrors {
  const [first, ...more] = HANDLERS.filter((it) => handler[it] !== undefined);
  if (first === undefined) return yield required(path, "must specify a handler type");

  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const at = `${path}.${first}`;
  if (first === "exec" && exec && !exec.command?.length) yield required(`${at}.command`);
  if (first === "httpGet" && httpGet) yield* validateHttpGet(at, httpGet);
  if (first === "tcpSocket" && tcpSocket) yield* validatePort(`${at}.port`, tcpSocket.port);
  if (first === "grpc" && grpc) yield* validatePort(`${at}.port`, grpc.port);
  if (first === "sleep" && sleep) yield* validateSleep(at, sleep.seconds, spec);
  for (const other of more) {
    yield forbidden(`${path}.${other}`, "may not specify more than 1 handler type");
  }
}

function* validateHttpGet(path: string, action: HTTPGetAction): FieldErrors {
  if (!action.path) yield required(`${path}.path`);
  yield* validatePort(`${path}.port`, action.port);
  yield* validateWord(`${path}.scheme`, action.scheme, ["HTTP", "HTTPS"]);
  for (const { name } of action.httpHeaders ?? []) {
    yield* validateValue(`${path}.httpHeaders`, name, httpHeaderDetails);
  }
}

/** R-VALID-54: the limit is the grace period's, though the message names less. */
function* validateSleep(path: string, seconds: number, spec: PodSpec): FieldErrors {
  const grace = spec.terminationGracePeriodSeconds;
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return;
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
  yield invalid(path, seconds, detail);
}

/** R-VALID-55. */
function* validateStopSignal(path: string, signal: string, os: string | undefined): FieldErrors {
  if (!os) yield forbidden(path, "may not be set for containers with empty `spec.os.name`");
  else {
    const known = os === "windows" ? ["SIGKILL", "SIGTERM"] : listStopSignals();
    if (!known.includes(signal)) yield notSupported(path, signal, known);
  }
}

/** The names that Kubernetes knows, sorted. */
function listStopSignals(): readonly string[] {
  const names =
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP " +
    "TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX";
  const realTime = Array.from({ length: 15 }, (_, i) => `RTMIN+${i + 1}`)
    .concat(Array.from({ length: 14 }, (_, i) => `RTMAX-${i + 1}`));
  return [...names.split(" "), ...realTime].map((it) => `SIG${it}`).sort();
}
