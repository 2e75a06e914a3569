/** Tokens of service accounts: asked for, used, reviewed and at their end. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { ISSUER } from "../../src/apiserver/identity/claims.ts";
import { podBody, startApi, type TestApi } from "../support/api_server.ts";

const ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
const PODS = "/api/v1/namespaces/default/pods";
const SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const CAN_I = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

async function withAccount(
  test: (api: TestApi, issue: (spec?: Record<string, unknown>) => Promise<string>) => Promise<void>,
  options: Parameters<typeof startApi>[0] = {},
): Promise<void> {
  const api = startApi(options);
  await api.ask("POST", ACCOUNTS, { body: { metadata: { name: "bot" } } });
  try {
    await test(api, async (spec = {}) => {
      const { code, body } = await api.ask("POST", `${ACCOUNTS}/bot/token`, { body: { spec } });
      equal(code, 201, JSON.stringify(body));
      return body.status.token;
    });
    deepEqual(api.log, []);
  } finally {
    api.close();
  }
}

// deno-lint-ignore no-explicit-any
function decode(token: string): any {
  const bytes = Uint8Array.fromBase64(token.split(".")[1]!, { alphabet: "base64url" });
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Who a token makes the sender of a request; its HTTP status where it does not. */
async function whoIs(api: TestApi, token: string): Promise<string | number> {
  const { code, body } = await api.ask("POST", SELF, { token, body: {} });
  return code === 201 ? body.status.userInfo.username : code;
}

const USERNAME = "system:serviceaccount:default:bot";

Deno.test("a token has the claims of Kubernetes, and its account is the user", () =>
  withAccount(async (api, issue) => {
    const { body: account } = await api.ask("GET", `${ACCOUNTS}/bot`);
    const { code, body } = await api.ask("POST", `${ACCOUNTS}/bot/token`, {
      body: { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", spec: {} },
    });
    equal(code, 201);
    const { jti, ...claims } = decode(body.status.token);
    match(jti, /^[0-9a-f-]{36}$/);
    const now = Math.floor(api.clock.wallTime(api.clock.now()) / 1000);
    const { uid } = account.metadata;
    deepEqual(claims, {
      aud: [ISSUER],
      exp: now + 3600,
      iat: now,
      iss: ISSUER,
      "kubernetes.io": { namespace: "default", serviceaccount: { name: "bot", uid } },
      nbf: now,
      sub: USERNAME,
    });
    equal(Date.parse(body.status.expirationTimestamp), (now + 3600) * 1000);
    const { body: review } = await api.ask("POST", SELF, { token: await issue(), body: {} });
    const { extra, ...userInfo } = review.status.userInfo;
    deepEqual(userInfo, {
      username: USERNAME,
      uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
    match(extra["authentication.kubernetes.io/credential-id"][0], /^JTI=[0-9a-f-]{36}$/);
  }));

Deno.test("a token is checked with the keys that the server publishes", () =>
  withAccount(async (api, issue) => {
    const token = await issue();
    const issuer = await api.ask("GET", "/.well-known/openid-configuration");
    equal(issuer.body.issuer, ISSUER);
    const { pathname } = new URL(issuer.body.jwks_uri);
    const { body, headers } = await api.ask("GET", pathname, { token });
    equal(headers.get("content-type"), "application/jwk-set+json");
    const [jwk] = typeof body === "string" ? JSON.parse(body).keys : body.keys;
    const [header, claims, signature] = token.split(".") as [string, string, string];
    const parsed = JSON.parse(atob(header));
    deepEqual(parsed, { alg: jwk.alg, kid: jwk.kid });
    const key = await crypto.subtle.importKey(
      "jwk",
      jwk,
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["verify"],
    );
    ok(
      await crypto.subtle.verify(
        { name: "ECDSA", hash: "SHA-256" },
        key,
        Uint8Array.fromBase64(signature, { alphabet: "base64url" }),
        new TextEncoder().encode(`${header}.${claims}`),
      ),
    );
  }));

Deno.test("a token that was changed, or is for another audience, is not accepted", () =>
  withAccount(async (api, issue) => {
    const token = await issue();
    equal(await whoIs(api, token), USERNAME);
    const [header, , signature] = token.split(".");
    const claims = { ...decode(token), sub: "system:admin" };
    const forged = btoa(JSON.stringify(claims)).replaceAll("=", "");
    const wrong = [
      `${header}.${forged}.${signature}`,
      `${header}..${signature}`,
      `${btoa('{"alg":"none"}').replaceAll("=", "")}.${forged}.`,
      `${token}.`,
      `${token}A`,
      token.slice(0, -2),
      "..",
      await issue({ audiences: ["vault"] }),
    ];
    for (const it of wrong) equal(await whoIs(api, it), 401, it);
  }));

Deno.test("a token ends with its time", () =>
  withAccount(async (api, issue) => {
    const token = await issue({ expirationSeconds: 600 });
    await api.clock.advance(599_000);
    equal(await whoIs(api, token), USERNAME);
    await api.clock.advance(1000);
    equal(await whoIs(api, token), 401);
  }));

Deno.test("a token ends with its account, also where another one takes its name", () =>
  withAccount(async (api, issue) => {
    const token = await issue();
    await api.ask("DELETE", `${ACCOUNTS}/bot`);
    equal(await whoIs(api, token), 401);
    await api.ask("POST", ACCOUNTS, { body: { metadata: { name: "bot" } } });
    equal(await whoIs(api, token), 401);
    equal(await whoIs(api, await issue()), USERNAME);
  }));

for (const kind of ["Pod", "Secret", "Node"]) {
  Deno.test(`a token that is bound to a ${kind} ends with it`, () =>
    withAccount(async (api, issue) => {
      const path = { Pod: PODS, Secret: PODS.replace("pods", "secrets"), Node: "/api/v1/nodes" }[
        kind
      ]!;
      const pod = podBody("x");
      const body = kind === "Pod"
        ? { ...pod, spec: { ...pod["spec"] as object, serviceAccountName: "bot" } }
        : { metadata: { name: "x" } };
      const { body: { metadata: { uid } } } = await api.ask("POST", path, { body });
      const boundObjectRef = { kind, apiVersion: "v1", name: "x" };
      const token = await issue({ boundObjectRef });
      deepEqual(decode(token)["kubernetes.io"][kind.toLowerCase()], { name: "x", uid });
      equal(await whoIs(api, token), USERNAME);
      const other = await api.ask("POST", `${ACCOUNTS}/bot/token`, {
        body: { spec: { boundObjectRef: { ...boundObjectRef, uid: "other" } } },
      });
      equal(other.code, 409);
      await api.ask("DELETE", `${path}/x`);
      equal(await whoIs(api, token), 401);
    }));
}

Deno.test("a token as the volume of a Pod asks for it holds for a year", () =>
  withAccount(async (api, issue) => {
    const pod = podBody("x");
    await api.ask("POST", PODS, {
      body: { ...pod, spec: { ...pod["spec"] as object, serviceAccountName: "bot" } },
    });
    const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: "x" };
    const { exp, iat, "kubernetes.io": { warnafter } } = decode(
      await issue({ expirationSeconds: 3607, boundObjectRef }),
    );
    equal(exp - iat, 365 * 24 * 3600);
    equal(warnafter - iat, 3607);
    const others = [{ expirationSeconds: 3607 }, {
      expirationSeconds: 3607,
      boundObjectRef,
      audiences: ["vault"],
    }];
    for (const spec of others) {
      const claims = decode(await issue(spec));
      equal(claims.exp - claims.iat, 3607);
    }
  }));

/** What is asked for, and why it is refused. */
const refusals: readonly [string, unknown, number, RegExp][] = [
  ["another kind", { kind: "Pod" }, 400, /must be of type TokenRequest/],
  ["no object", [], 400, /must be of type TokenRequest/],
  ["audiences that are not a list", { spec: { audiences: "a" } }, 400, /audiences/],
  ["a time that is not a number", { spec: { expirationSeconds: "1h" } }, 400, /expirationSeconds/],
  [
    "a short time",
    { spec: { expirationSeconds: 599 } },
    422,
    /^TokenRequest.authentication.k8s.io "bot" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes$/,
  ],
  ["a long time", { spec: { expirationSeconds: 2 ** 32 + 1 } }, 422, /larger than 2\^32 seconds/],
  [
    "an object of another kind",
    { spec: { boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "x" } } },
    400,
    /^cannot bind token for object of type ConfigMap, v1$/,
  ],
  [
    "a Pod that is not there",
    { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "x" } } },
    404,
    /^pods "x" not found$/,
  ],
  [
    "a Pod of another account",
    { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } },
    400,
    /^cannot bind token for serviceaccount "bot" to pod running with different/,
  ],
];
Deno.test("a token is refused", (t) =>
  withAccount(async (api) => {
    await api.ask("POST", PODS, { body: podBody("p") });
    for (const [what, request, expected, message] of refusals) {
      await t.step(what, async () => {
        const { code, body } = await api.ask("POST", `${ACCOUNTS}/bot/token`, { body: request });
        equal(code, expected);
        match(body.message, message);
      });
    }
    equal((await api.ask("POST", `${ACCOUNTS}/none/token`, { body: {} })).code, 404);
    equal((await api.ask("GET", `${ACCOUNTS}/bot/token`)).code, 405);
    equal((await api.ask("POST", `${PODS}/p/token`, { body: {} })).code, 404);
  }));

for (const rights of ["all", "read", "none"] as const) {
  Deno.test(`--service-accounts ${rights}: what an account may do, and is answered`, () =>
    withAccount(async (api, issue) => {
      const token = await issue();
      const rows: readonly [string, string, string, string][] = [
        ["list", "pods", "GET", PODS],
        ["list", "secrets", "GET", PODS.replace("pods", "secrets")],
        ["create", "pods", "POST", PODS],
      ];
      for (const [verb, resource, method, path] of rows) {
        const spec = { resourceAttributes: { namespace: "default", verb, resource } };
        const { body } = await api.ask("POST", CAN_I, { token, body: { spec } });
        const answer = await api.ask(method, path, {
          token,
          ...method === "POST" && { body: podBody("p") },
        });
        equal(answer.code !== 403, body.status.allowed, `${verb} ${resource}`);
        if (answer.code === 403) {
          match(answer.body.message, /without --service-accounts they have what RBAC objects/);
        }
      }
      equal((await api.ask("GET", "/api/v1", { token })).code, 200);
    }, { rights }));
}

Deno.test("TokenReview and SubjectAccessReview answer about others", () =>
  withAccount(async (api, issue) => {
    const review = async (spec: unknown) => {
      const path = "/apis/authentication.k8s.io/v1/tokenreviews";
      const { code, body } = await api.ask("POST", path, { body: { spec } });
      return code === 201 ? body.status : code;
    };
    const own = await review({ token: await issue() });
    equal(own.user.username, USERNAME);
    deepEqual([own.authenticated, own.audiences], [true, [ISSUER]]);
    const token = await issue({ audiences: ["vault", "x"] });
    match((await review({ token })).error, /audiences/);
    deepEqual((await review({ token, audiences: ["y", "vault"] })).audiences, ["vault"]);
    deepEqual(await review({ token: "x" }), { user: {}, error: "invalid bearer token" });
    equal(await review({}), 400);
    const ask = async (spec: unknown, prefix = "", namespace = "") => {
      const path = `/apis/authorization.k8s.io/v1/${namespace}${prefix}subjectaccessreviews`;
      const { code, body } = await api.ask("POST", path, { body: { spec } });
      return code === 201 ? body.status.allowed : code;
    };
    const resourceAttributes = { verb: "get", resource: "pods", namespace: "a" };
    equal(await ask({ user: "jane", resourceAttributes }), false);
    equal(await ask({ user: "jane", groups: ["system:masters"], resourceAttributes }), true);
    equal(await ask({ resourceAttributes }), 400);
    equal(await ask({ user: "jane" }), 400);
    equal(await ask({ user: "jane", resourceAttributes }, "local", "namespaces/a/"), false);
    equal(await ask({ user: "jane", resourceAttributes }, "local", "namespaces/b/"), 400);
    equal(await ask({ user: "jane", resourceAttributes }, "local"), 404);
  }));

Deno.test("the administrator acts as an account, as kubectl --as does", () =>
  withAccount(async (api) => {
    const headers = { "impersonate-user": USERNAME };
    const { body } = await api.ask("POST", SELF, { body: {}, headers });
    equal(body.status.userInfo.username, USERNAME);
    equal((await api.ask("GET", PODS, { headers })).code, 403);
  }));

Deno.test("discovery has the questions about users, each of which is answered", () =>
  withAccount(async (api) => {
    const specs: Readonly<Record<string, unknown>> = {
      TokenReview: { token: "x" },
      SubjectAccessReview: { user: "x", nonResourceAttributes: { verb: "get", path: "/" } },
      LocalSubjectAccessReview: { user: "x", resourceAttributes: { namespace: "default" } },
      SelfSubjectAccessReview: { nonResourceAttributes: { verb: "get", path: "/" } },
    };
    let count = 0;
    for (const group of ["authentication.k8s.io/v1", "authorization.k8s.io/v1"]) {
      const { body } = await api.ask("GET", `/apis/${group}`);
      for (const { name, kind, namespaced } of body.resources) {
        const within = namespaced ? "namespaces/default/" : "";
        const answer = await api.ask("POST", `/apis/${group}/${within}${name}`, {
          body: { kind, apiVersion: group, spec: specs[kind] ?? {} },
        });
        equal(answer.code, 201, JSON.stringify(answer.body));
        deepEqual([answer.body.kind, typeof answer.body.status], [kind, "object"]);
        count++;
      }
    }
    equal(count, 6);
  }));
