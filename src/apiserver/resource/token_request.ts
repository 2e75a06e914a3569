/**
 * `token` of a service account: a new token for it.
 *
 * Rule: Kubernetes, pkg/registry/core/serviceaccount/storage/token.go, Create, and
 * pkg/apis/authentication/validation/validation.go, ValidateTokenRequest.
 */
import type { ServiceAccount } from "../../api/types/cluster.ts";
import { type FieldError, invalid, InvalidObjectError } from "../../api/types/errors.ts";
import type { KindName } from "../../api/types/kinds.ts";
import { resourceOf } from "../../api/kinds/kinds.ts";
import { formatSecond } from "../../base/go_text.ts";
import { isObject } from "../../base/plain_data.ts";
import { StatusError } from "../../store/status_error.ts";
import { badRequest, conflict, methodNotAllowed } from "../answer/api_error.ts";
import { answerJson } from "../answer/response.ts";
import { ISSUER, type TokenSubject } from "../identity/claims.ts";
import { mediaTypeOf, parseBody, readBody } from "../request/body.ts";
import { parseWriteOptions } from "../request/options.ts";
import type { ApiContext, ResourceRequest } from "./context.ts";
import { findObject } from "./read.ts";

const KIND = "TokenRequest";
const API_VERSION = "authentication.k8s.io/v1";

const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;

/** What a token can be bound to: it ends with the object. */
const BOUND_KINDS = ["Pod", "Node", "Secret"] as const;

interface BoundObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly uid: string;
}

interface Wish {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly bound: BoundObject | undefined;
}

/** The answer to a request for a token. */
export async function createToken(context: ApiContext, it: ResourceRequest): Promise<Response> {
  if (it.request.method !== "POST") throw methodNotAllowed();
  const data = await parseBody(await readBody(it.request), mediaTypeOf(it.request));
  const wish = readWish(data, it.path.name!);
  const { isDryRun } = parseWriteOptions(it.query);
  const account = findObject(context, it) as ServiceAccount; // Only they have tokens.
  const subject = findSubject(context, account, wish.bound);
  const { audiences, expirationSeconds, bound } = wish;
  const issued = await context.tokens.issue(subject, wish);
  const { namespace, name } = account.metadata;
  return answerJson({
    kind: KIND,
    apiVersion: API_VERSION,
    metadata: { name, namespace, creationTimestamp: null },
    spec: { audiences, expirationSeconds, boundObjectRef: bound ?? null },
    status: {
      token: isDryRun ? "" : issued.token,
      expirationTimestamp: formatSecond(issued.expiresAt),
    },
  }, { code: 201 });
}

/**
 * What is asked for.
 *
 * @throws {ApiError} `BadRequest`
 * @throws {InvalidObjectError}
 */
function readWish(data: unknown, account: string): Wish {
  if (!isObject(data) || (data["kind"] ?? KIND) !== KIND) {
    throw badRequest(`the object provided is unrecognized (must be of type ${KIND})`);
  }
  const spec = isObject(data["spec"]) ? data["spec"] : {};
  const { audiences = [], expirationSeconds = DEFAULT_SECONDS, boundObjectRef } = spec;
  const isText = (it: unknown) => typeof it === "string";
  if (!Array.isArray(audiences) || !audiences.every(isText)) {
    throw badRequest(`${KIND}.spec.audiences is a list of texts`);
  }
  if (!Number.isSafeInteger(expirationSeconds)) {
    throw badRequest(`${KIND}.spec.expirationSeconds is a number of seconds`);
  }
  const seconds = expirationSeconds as number;
  const errors: FieldError[] = [];
  const at = "spec.expirationSeconds";
  if (seconds < LEAST_SECONDS) {
    errors.push(invalid(at, seconds, "may not specify a duration less than 10 minutes"));
  }
  if (seconds > MOST_SECONDS) {
    errors.push(invalid(at, seconds, "may not specify a duration larger than 2^32 seconds"));
  }
  if (errors.length > 0) {
    const qualifiedKind = `${KIND}.authentication.k8s.io`;
    throw new InvalidObjectError({ kind: KIND, qualifiedKind, name: account }, errors);
  }
  return {
    audiences: audiences.length === 0 ? [ISSUER] : audiences,
    expirationSeconds: seconds,
    bound: readBound(boundObjectRef),
  };
}

function readBound(reference: unknown): BoundObject | undefined {
  if (!isObject(reference)) return undefined;
  const text = (key: string) => String(reference[key] ?? "");
  return {
    kind: text("kind"),
    apiVersion: text("apiVersion"),
    name: text("name"),
    uid: text("uid"),
  };
}

/**
 * The account, with what its token is bound to.
 *
 * @throws {ApiError} `BadRequest`, `Conflict`
 * @throws {StatusError} `NotFound`
 */
function findSubject(
  { registry }: ApiContext,
  account: ServiceAccount,
  bound: BoundObject | undefined,
): TokenSubject {
  if (bound === undefined) return { account };
  const { kind, apiVersion, name } = bound;
  const { namespace = "" } = account.metadata;
  const known = BOUND_KINDS.find((it) => it === kind);
  if (known === undefined || (apiVersion !== "" && apiVersion !== "v1")) {
    throw badRequest(`cannot bind token for object of type ${kind}, ${apiVersion}`);
  }
  const find = <K extends KindName>(kind: K, scope: string) => {
    const object = registry.get(kind, scope, name);
    if (object === undefined) throw new StatusError("NotFound", resourceOf(kind), name);
    const { uid } = object.metadata;
    if (bound.uid === "" || bound.uid === uid) return object;
    throw conflict(
      resourceOf(kind),
      name,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. ` +
        "The object might have been deleted and then recreated",
    );
  };
  switch (known) {
    case "Pod": {
      const pod = find("Pod", namespace);
      const { serviceAccountName, nodeName } = pod.spec;
      if ((serviceAccountName || "default") !== account.metadata.name) {
        throw badRequest(
          `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod ` +
            "running with different serviceaccount name.",
        );
      }
      const node = nodeName ? registry.get("Node", "", nodeName) : undefined;
      return { account, pod, ...node && { node } };
    }
    case "Node":
      return { account, node: find("Node", "") };
    case "Secret":
      return { account, secret: find("Secret", namespace) };
  }
}
