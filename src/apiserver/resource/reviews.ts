/**
 * What a client asks about itself: it has the token, and so may do everything.
 *
 * Rule: Kubernetes, pkg/registry/authorization/selfsubjectaccessreview/rest.go and
 * pkg/registry/authentication/selfsubjectreview/rest.go.
 */
import { isObject } from "../../base/plain_data.ts";
import { badRequest, methodNotAllowed } from "../answer/api_error.ts";
import { answerJson } from "../answer/response.ts";
import { mediaTypeOf, parseBody, readBody } from "../request/body.ts";
import type { ResourcePath } from "../request/path.ts";

/** A question, and the status that answers it. */
interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly status: Readonly<Record<string, unknown>>;
}

const EVERYTHING = ["*"];

/** By their resource. */
const REVIEWS: Readonly<Record<string, Review>> = {
  selfsubjectaccessreviews: {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    status: { allowed: true, reason: "the token of this server allows everything" },
  },
  selfsubjectrulesreviews: {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    status: {
      resourceRules: [{ verbs: EVERYTHING, apiGroups: EVERYTHING, resources: EVERYTHING }],
      nonResourceRules: [{ verbs: EVERYTHING, nonResourceURLs: EVERYTHING }],
      incomplete: false,
    },
  },
  selfsubjectreviews: {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
    status: {
      userInfo: { username: "podling", groups: ["system:masters", "system:authenticated"] },
    },
  },
};

/** The answer to a question of a client about itself; undefined: the path is not one. */
export async function answerReview(
  { apiVersion, resource, namespace, name }: ResourcePath,
  request: Request,
): Promise<Response | undefined> {
  const review = Object.hasOwn(REVIEWS, resource) ? REVIEWS[resource] : undefined;
  if (review?.apiVersion !== apiVersion || (name ?? namespace) !== undefined) return undefined;
  if (request.method !== "POST") throw methodNotAllowed();
  const data = await parseBody(await readBody(request), mediaTypeOf(request));
  const { kind, status } = review;
  if (!isObject(data) || (data["kind"] ?? kind) !== kind) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
  }
  const { spec } = data;
  return answerJson(
    { kind, apiVersion, metadata: {}, ...(spec !== undefined && { spec }), status },
    { code: 201 },
  );
}
