/**
 * What clients ask about users, themselves or others: who they are and what they may do.
 *
 * Rule: Kubernetes, pkg/registry/authorization/subjectaccessreview/rest.go,
 * pkg/registry/authentication/selfsubjectreview/rest.go and tokenreview/storage.go.
 */
import { isObject } from "../../base/plain_data.ts";
import { badRequest, methodNotAllowed } from "../answer/api_error.ts";
import { answerJson } from "../answer/response.ts";
import { decideAccess, listRules } from "../identity/access.ts";
import type { Access } from "../identity/permission.ts";
import type { User } from "../identity/user.ts";
import { mediaTypeOf, parseBody, readBody } from "../request/body.ts";
import type { ResourcePath } from "../request/path.ts";
import { type ApiContext, policyOf } from "./context.ts";

type Data = Readonly<Record<string, unknown>>;

/** A kind of question. */
interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  /** Whether it is asked within a namespace. @default of the whole cluster */
  readonly namespaced?: boolean;
  /** The status that answers it. */
  readonly answer: (context: ApiContext, user: User, spec: Data, path: ResourcePath) =>
    | Data
    | Promise<Data>;
}

const AUTHORIZATION = "authorization.k8s.io/v1";
const AUTHENTICATION = "authentication.k8s.io/v1";

/** By their resource. */
const REVIEWS: Readonly<Record<string, Review>> = {
  selfsubjectaccessreviews: {
    apiVersion: AUTHORIZATION,
    kind: "SelfSubjectAccessReview",
    answer: answerAccess,
  },
  selfsubjectrulesreviews: {
    apiVersion: AUTHORIZATION,
    kind: "SelfSubjectRulesReview",
    answer: (context, user, { namespace }) =>
      listRules(user, policyOf(context), typeof namespace === "string" ? namespace : undefined),
  },
  subjectaccessreviews: {
    apiVersion: AUTHORIZATION,
    kind: "SubjectAccessReview",
    answer: (context, _user, spec) => answerAccess(context, readUser(spec), spec),
  },
  localsubjectaccessreviews: {
    apiVersion: AUTHORIZATION,
    kind: "LocalSubjectAccessReview",
    namespaced: true,
    answer: (context, _user, spec, { namespace }) => {
      const { resourceAttributes } = spec;
      if (!isObject(resourceAttributes) || resourceAttributes["namespace"] !== namespace) {
        throw badRequest("spec.resourceAttributes.namespace must match metadata.namespace");
      }
      return answerAccess(context, readUser(spec), spec);
    },
  },
  selfsubjectreviews: {
    apiVersion: AUTHENTICATION,
    kind: "SelfSubjectReview",
    answer: (_context, user) => ({ userInfo: user }),
  },
  tokenreviews: { apiVersion: AUTHENTICATION, kind: "TokenReview", answer: answerToken },
};

/** The answer to a question about users; undefined: the path is not one. */
export async function answerReview(
  context: ApiContext,
  path: ResourcePath,
  user: User,
  request: Request,
): Promise<Response | undefined> {
  const { apiVersion, resource, namespace, name } = path;
  const review = Object.hasOwn(REVIEWS, resource) ? REVIEWS[resource] : undefined;
  if (review?.apiVersion !== apiVersion || name !== undefined) return undefined;
  if ((namespace !== undefined) !== (review.namespaced ?? false)) return undefined;
  if (request.method !== "POST") throw methodNotAllowed();
  const data = await parseBody(await readBody(request), mediaTypeOf(request));
  const { kind, answer } = review;
  if (!isObject(data) || (data["kind"] ?? kind) !== kind) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
  }
  const { spec } = data;
  const status = await answer(context, user, isObject(spec) ? spec : {}, path);
  return answerJson(
    { kind, apiVersion, metadata: {}, ...(spec !== undefined && { spec }), status },
    { code: 201 },
  );
}

function answerAccess(context: ApiContext, user: User, spec: Data): Data {
  const { isAllowed, reason } = decideAccess(user, readAccess(spec), policyOf(context));
  return { allowed: isAllowed, ...reason !== "" && { reason } };
}

/** @throws {ApiError} `BadRequest` */
function readAccess({ resourceAttributes, nonResourceAttributes }: Data): Access {
  if (isObject(resourceAttributes) === isObject(nonResourceAttributes)) {
    throw badRequest(
      "spec: exactly one of nonResourceAttributes or resourceAttributes must be specified",
    );
  }
  const textOf = (from: unknown) => (key: string) =>
    isObject(from) && typeof from[key] === "string" ? from[key] : "";
  if (isObject(nonResourceAttributes)) {
    const text = textOf(nonResourceAttributes);
    return { type: "path", verb: text("verb"), path: text("path") };
  }
  const text = textOf(resourceAttributes);
  const optional = (key: "namespace" | "subresource" | "name") =>
    text(key) === "" ? {} : { [key]: text(key) };
  return {
    type: "resource",
    verb: text("verb"),
    group: text("group"),
    resource: text("resource"),
    ...optional("namespace"),
    ...optional("subresource"),
    ...optional("name"),
  };
}

/**
 * The user that a question names: its groups are those that stand there, and no others.
 *
 * @throws {ApiError} `BadRequest`
 */
function readUser({ user, groups }: Data): User {
  const username = typeof user === "string" ? user : "";
  const names = Array.isArray(groups) ? groups.filter((it) => typeof it === "string") : [];
  if (username === "" && names.length === 0) {
    throw badRequest("spec.user: at least one of user or group must be specified");
  }
  return { username, groups: names };
}

async function answerToken({ tokens }: ApiContext, _user: User, spec: Data): Promise<Data> {
  const { token, audiences } = spec;
  if (typeof token !== "string" || token === "") throw badRequest("token is required");
  const wanted = Array.isArray(audiences) ? audiences.filter((it) => typeof it === "string") : [];
  const found = await tokens.recognize(token, wanted.length === 0 ? undefined : wanted);
  if (found === undefined) {
    return { user: {}, error: "invalid bearer token" };
  }
  if ("fault" in found) return { user: {}, error: `[invalid bearer token, ${found.fault}]` };
  return { authenticated: true, user: found.user, audiences: found.audiences };
}
