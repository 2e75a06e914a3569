/**
 * The log of a container, as `kubectl logs` reads it.
 *
 * Rule: Kubernetes, pkg/kubelet/kubelet_pods.go, validateContainerLogStatus and
 * GetKubeletContainerLogs; pkg/apis/core/validation/validation.go, ValidatePodLogOptions.
 */
import type { ContainerStatus } from "../../api/types/pod.ts";
import { concatBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { LogOptions } from "../../runtime/runtime.ts";
import {
  type ContainerSource,
  type ContainerTarget,
  findPod,
  findStatus,
  NodeError,
} from "./container_source.ts";

/** Up to so many bytes are answered at once, with their length. */
const WHOLE_BYTES = 1 << 16;

/**
 * Answers with a log.
 *
 * @throws {NodeError}
 */
export async function answerLogs(
  source: ContainerSource & { readonly clock: Clock; readonly closing: AbortSignal },
  target: ContainerTarget,
  query: URLSearchParams,
): Promise<Response> {
  const pod = findPod(source, target);
  const { clock, closing } = source;
  const options = parseLogOptions(query, clock.wallTime(clock.now()));
  checkLog(findStatus(pod, target.container), target, options.previous ?? false);
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, closing]);
  const lines = await source.runtime.logs(pod.metadata.uid!, target.container, options, signal);
  const reader = lines[Symbol.asyncIterator]();
  const headers = { "content-type": "text/plain" };
  const read: Uint8Array[] = [];
  let size = 0;
  if (!options.follow) {
    while (size < WHOLE_BYTES) {
      const { value, done } = await reader.next();
      if (done) return new Response(concatBytes(read), { headers });
      read.push(value.slice());
      size += value.length;
    }
  }
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => read.forEach((it) => controller.enqueue(it)),
    pull: async (controller) => {
      const { value, done } = await reader.next();
      if (done) controller.close();
      else controller.enqueue(value.slice());
    },
    cancel: async () => {
      gone.abort();
      await reader.return?.();
    },
  });
  return new Response(body, { headers });
}

/**
 * Reads what of a log is asked for.
 *
 * @param nowMs the wall clock.
 * @throws {NodeError}
 */
export function parseLogOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const flag = (name: string) => ["", "1", "t", "true"].includes(query.get(name) ?? "no");
  const count = (name: string, least: number) => {
    const word = query.get(name);
    if (word === null || word === "") return undefined;
    if (/^-?\d{1,15}$/.test(word) && Number(word) >= least) return Number(word);
    throw new NodeError(
      422,
      `PodLogOptions "" is invalid: ${name}: Invalid value: ${word}: must be a whole number that ` +
        `is greater than or equal to ${least}`,
    );
  };
  const sinceSeconds = count("sinceSeconds", 1);
  const sinceWord = query.get("sinceTime") || undefined;
  if (sinceSeconds !== undefined && sinceWord !== undefined) {
    throw new NodeError(
      422,
      'PodLogOptions "" is invalid: : Forbidden: at most one of `sinceTime` or `sinceSeconds` may ' +
        "be specified",
    );
  }
  const sinceDate = sinceWord === undefined ? undefined : Date.parse(sinceWord);
  if (Number.isNaN(sinceDate)) {
    throw new NodeError(400, `invalid value for sinceTime: ${JSON.stringify(sinceWord)}`);
  }
  const stream = query.get("stream") || "All";
  if (stream !== "All") {
    throw new NodeError(
      422,
      `PodLogOptions "" is invalid: stream: Unsupported value: "${stream}": supported values: "All"`,
    );
  }
  const sinceTime = sinceDate ??
    (sinceSeconds === undefined ? undefined : nowMs - sinceSeconds * 1000);
  const tailLines = count("tailLines", 0);
  const limitBytes = count("limitBytes", 1);
  return {
    follow: flag("follow"),
    previous: flag("previous"),
    timestamps: flag("timestamps"),
    ...(sinceTime !== undefined && { sinceTime }),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
  };
}

/** @throws {NodeError} where there is no log of the run that is asked for. */
function checkLog(
  status: ContainerStatus | undefined,
  { container, pod }: ContainerTarget,
  previous: boolean,
): void {
  const refuse = (why: string) => new NodeError(400, why);
  const what = `container "${container}" in pod "${pod}"`;
  if (previous) {
    if (status?.lastState?.terminated !== undefined) return;
    throw refuse(`previous terminated ${what} not found`);
  }
  if (status === undefined) throw refuse(`${what} is waiting to start: ContainerCreating`);
  const { state = {}, lastState = {} } = status;
  if (state.running || state.terminated || lastState.terminated) return;
  const reason = state.waiting?.reason;
  switch (reason) {
    case "ErrImagePull":
      throw refuse(`${what} is waiting to start: image can't be pulled`);
    case "ImagePullBackOff":
      throw refuse(`${what} is waiting to start: trying and failing to pull image`);
    default:
      throw refuse(
        reason
          ? `${what} is waiting to start: ${reason}`
          : `${what} is waiting to start - no logs yet`,
      );
  }
}
