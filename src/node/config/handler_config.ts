/**
 * A probe or a hook of a manifest to what a runtime asks of a container: everything resolved and
 * expanded; pure.
 */
import type { IntOrString } from "../../api/types/meta.ts";
import type {
  Container,
  HTTPGetAction,
  LifecycleHandler,
  Pod,
  Probe,
  TCPSocketAction,
} from "../../api/types/pod.ts";
import { quoteText } from "../../base/go_text.ts";
import { formatPod } from "../../lifecycle/record/reasons.ts";
import type { Handler } from "../../runtime/config.ts";
import type { HandlerResult } from "../../runtime/runtime.ts";
import { expand } from "./expansion.ts";

/** What is asked, or why it cannot be: the kubelet finds that out only when it is to ask. */
export type HandlerConfig = Handler | {
  readonly type: "invalid";
  readonly message: string;
};

/** Whose probe or hook it is. */
export interface HandlerOwner {
  /** The container. */
  readonly container: Container;
  /** The address of its sandbox: where it is asked if the manifest names no host. */
  readonly podIP: string;
}

/**
 * What a probe asks.
 *
 * Rules: R-PROBE-11 to R-PROBE-14.
 */
export function generateProbeHandler(owner: HandlerOwner, probe: Probe): HandlerConfig {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec !== undefined) {
    return { type: "exec", argv: expandStatically(owner.container, exec.command ?? []) };
  }
  if (httpGet !== undefined) return generateHttpGet(owner, httpGet, "kube-probe/1.36");
  if (tcpSocket !== undefined) return generateTcpSocket(owner, tcpSocket);
  if (grpc !== undefined) {
    return { type: "grpc", host: owner.podIP, port: grpc.port, service: grpc.service ?? "" };
  }
  return { type: "invalid", message: "missing probe handler" };
}

/**
 * The request of a hook; `sleep` makes none. Its command is not expanded.
 *
 * Rules: R-HOOK-1, R-HOOK-2, R-ENV-9.
 */
export function generateHookHandler(owner: HandlerOwner, hook: LifecycleHandler): HandlerConfig {
  const { exec, httpGet } = hook;
  if (exec !== undefined) return { type: "exec", argv: exec.command ?? [] };
  if (httpGet !== undefined) return generateHttpGet(owner, httpGet, "kube-lifecycle/1.36");
  return { type: "invalid", message: `invalid handler: ${Object.keys(hook).join(", ")}` };
}

/** Why a hook failed, as the container's status reports it (R-HOOK-4). */
export function formatHookFailure(
  pod: Pod,
  container: string,
  hook: LifecycleHandler,
  { output, exitCode, stderr = "" }: Pick<HandlerResult, "output" | "exitCode" | "stderr">,
): string {
  const who = `for Container ${quoteText(container)} in Pod ${quoteText(formatPod(pod))} failed`;
  if (hook.exec !== undefined) {
    const { command = [] } = hook.exec;
    const [error, shown] = exitCode === undefined
      ? [output, ""]
      : [`command '${command.join(" ")}' exited with ${exitCode}: ${stderr}`, output];
    return `Exec lifecycle hook ([${command.join(" ")}]) ${who} - error: ${error}, message: ${
      quoteText(shown)
    }`;
  }
  if (hook.httpGet !== undefined) {
    return `HTTP lifecycle hook (${hook.httpGet.path ?? "/"}) ${who} - error: ${output}`;
  }
  if (hook.sleep !== undefined) {
    return `Sleep lifecycle hook (${hook.sleep.seconds}) ${who} - error: ${output}`;
  }
  return `Cannot run handler: ${output}`;
}

/**
 * Why a hook failed, for people: what it wrote, why it could not be run, or that it is not a hook
 * (R-HOOK-1).
 */
export function describeHookFailure(
  hook: LifecycleHandler,
  { output }: Pick<HandlerResult, "output">,
): string {
  if (hook.exec !== undefined || hook.httpGet !== undefined || hook.sleep !== undefined) {
    // The words of the interface between kubelet and runtime do not help people.
    return output.replace(/^rpc error: code = \w+ desc = /, "");
  }
  return `${Object.keys(hook).join(", ")} cannot be run as a hook; use exec, httpGet or sleep`;
}

/**
 * Rule: R-PROBE-13. Only the texts that stand in `env` count; a variable that comes from elsewhere
 * has none, so that nothing is left of its reference.
 */
function expandStatically(container: Container, command: readonly string[]): readonly string[] {
  const texts = new Map((container.env ?? []).map(({ name, value = "" }) => [name, value]));
  return command.map((word) => expand(word, (name) => texts.get(name)));
}

function generateHttpGet(
  { container, podIP }: HandlerOwner,
  action: HTTPGetAction,
  userAgent: string,
): HandlerConfig {
  const port = resolvePort(container, action.port);
  if (typeof port === "string") return { type: "invalid", message: port };
  const headers = (action.httpHeaders ?? []).map(({ name, value }) => [name, value] as const);
  const isGiven = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  return {
    type: "httpGet",
    scheme: action.scheme ?? "HTTP",
    host: action.host || podIP,
    port,
    path: action.path ?? "/",
    headers: [
      ...isGiven("user-agent") ? [] : [["User-Agent", userAgent] as const],
      ...isGiven("accept") ? [] : [["Accept", "*/*"] as const],
      ...headers,
    ],
  };
}

function generateTcpSocket(
  { container, podIP }: HandlerOwner,
  action: TCPSocketAction,
): HandlerConfig {
  const port = resolvePort(container, action.port);
  if (typeof port === "string") return { type: "invalid", message: port };
  return { type: "tcpSocket", host: action.host || podIP, port };
}

/**
 * A name is looked up in the container's own ports; what is none of them may still be a number
 * (R-PROBE-12).
 *
 * @returns the number, or why there is none.
 */
function resolvePort(container: Container, port: IntOrString): number | string {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named === undefined && typeof port === "string" && !/^[+-]?\d+$/.test(port)) {
    return `strconv.Atoi: parsing ${quoteText(port)}: invalid syntax`;
  }
  const number = named ?? Number(port);
  return number > 0 && number < 65536 ? number : `invalid port number: ${number}`;
}
