/** The API before a store of its own, without a socket. */
import type { Pod } from "../../src/api/types/pod.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { KINDS } from "../../src/api/kinds/kinds.ts";
import { createApiHandler } from "../../src/apiserver/handler.ts";
import type { AccountRights } from "../../src/apiserver/identity/access.ts";
import { authenticate } from "../../src/apiserver/identity/authenticator.ts";
import { SigningKey } from "../../src/apiserver/identity/signing_key.ts";
import { ServiceTokens } from "../../src/apiserver/identity/tokens.ts";
import type { MachineAdvice } from "../../src/apiserver/resource/context.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { answerFailure } from "../../src/apiserver/answer/response.ts";
import { lineLogger } from "../../src/base/log.ts";
import { MetricSet } from "../../src/base/metrics/metric_set.ts";
import { ChangeHistory } from "../../src/store/history.ts";
import { Journal, type KeptObjects, type ObjectDatabase } from "../../src/store/journal.ts";
import { Registry, type RegistryOptions } from "../../src/store/registry.ts";

/** The rules of all kinds, which an API needs. */
await loadRules(KINDS.map(({ kind }) => kind));

/** What a request may have beside method and path. */
export interface AskOptions {
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** @default application/json */
  readonly type?: string;
  readonly accept?: string;
  /** @default that of the administrator */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read. */
export interface Answer {
  readonly code: number;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
  readonly warnings: readonly string[];
  readonly headers: Headers;
}

/** An API that answers without a port. */
export interface TestApi {
  readonly registry: Registry;
  readonly history: ChangeHistory;
  readonly clock: VirtualClock;
  /** Lines of the program's own log: faults. */
  readonly log: string[];
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** The answer as it is. */
  send(method: string, path: string, options?: AskOptions): Promise<Response>;
  /** Ends all watches. */
  close(): void;
}

/** Starts an API with an empty store. */
export function startApi(
  options: {
    readonly bound?: number;
    readonly adviseOn?: (object: unknown) => MachineAdvice;
    /** What is written outlives the server. @default nothing does */
    readonly database?: ObjectDatabase;
    /** What is there from the start. @default nothing */
    readonly kept?: KeptObjects;
    /** @default none */
    readonly definitions?: RegistryOptions["definitions"];
    /** @default there is no node */
    readonly askNode?: (path: string, request: Request) => Promise<Response>;
    /** @default none */
    readonly rights?: AccountRights;
  } = {},
): TestApi {
  const clock = new VirtualClock();
  const { database } = options;
  const history = new ChangeHistory(options.bound ?? 100, {
    isHeld: database !== undefined,
    ...(options.kept && { version: options.kept.version }),
  });
  let uids = 0;
  const closing = new AbortController();
  const log: string[] = [];
  const logger = lineLogger((line) => log.push(line));
  const journal = database &&
    new Journal({ database, clock, onDurable: (version) => history.release(version), log: logger });
  const registry = new Registry({
    ...(options.definitions && { definitions: options.definitions }),
    clock,
    newUid: () => `uid-${++uids}`,
    history,
    ...(journal && { journal }),
    ...(options.kept && { kept: options.kept }),
  });
  const { rights = "none" } = options;
  const issuing = SigningKey.create()
    .then((key) => new ServiceTokens(key, { clock, objects: registry }));
  const opening = issuing.then((tokens) => ({
    authenticate: (headers: Headers) =>
      authenticate(headers, { token: "secret", tokens, rights, objects: registry }),
    handle: createApiHandler({
      registry,
      history,
      clock,
      askNode: options.askNode ?? (() => Promise.resolve(new Response("no node", { status: 500 }))),
      adviseOn: options.adviseOn ?? (() => ({ errors: [], warnings: [] })),
      metrics: new MetricSet(),
      closing: closing.signal,
      journal,
      log: logger,
      tokens,
      rights,
    }),
  }));
  const send = async (
    method: string,
    path: string,
    { body, type = "application/json", accept, token = "secret", headers }: AskOptions = {},
  ) => {
    const text = body === undefined || typeof body === "string" || body instanceof Uint8Array
      ? body
      : JSON.stringify(body);
    const request = new Request(`https://127.0.0.1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...text !== undefined && { "content-type": type },
        ...accept && { accept },
        ...headers,
      },
      ...(text !== undefined && { body: text as BodyInit }),
    });
    const { authenticate, handle } = await opening;
    try {
      return await handle(request, await authenticate(request.headers));
    } catch (error) {
      return answerFailure(error);
    }
  };
  return {
    registry,
    history,
    clock,
    log,
    send,
    ask: async (method, path, options) => {
      const response = await send(method, path, options);
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.startsWith("application/json");
      return {
        code: response.status,
        body: isJson ? JSON.parse(text) : text,
        warnings: (response.headers.get("warning") ?? "").match(/(?<=299 - ")(?:[^"\\]|\\.)*/g) ??
          [],
        headers: response.headers,
      };
    },
    close: () => closing.abort(),
  };
}

/** A Pod of one container, as a client sends it. */
export function podBody(
  name: string,
  more: Partial<Pod["metadata"]> = {},
): Record<string, unknown> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...more },
    spec: { containers: [{ name: "c", image: "none", command: ["true"] }] },
  };
}

/** A ConfigMap with one value. */
export function configMapBody(name: string, value = "1", more: Partial<Pod["metadata"]> = {}) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, ...more },
    data: { key: value },
  };
}
