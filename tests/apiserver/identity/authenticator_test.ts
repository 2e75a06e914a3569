/** Who sends a request. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { ApiError } from "../../../src/apiserver/answer/api_error.ts";
import { authenticate } from "../../../src/apiserver/identity/authenticator.ts";
import type { User } from "../../../src/apiserver/identity/user.ts";

const account: User = {
  username: "system:serviceaccount:a:b",
  groups: ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
};
const tokens = {
  recognize: (token: string) =>
    Promise.resolve(
      token === "account"
        ? { user: account, audiences: [] }
        : token === "expired"
        ? { fault: "service account token has expired" }
        : undefined,
    ),
};

const objects = { list: () => [] };

const asRoot = { authorization: "Bearer secret" };

/** What it is about, the headers, and the user with its groups, or the HTTP status. */
const rows: readonly [string, Record<string, string>, number | [string, ...string[]]][] = [
  ["the token", asRoot, ["podling", "system:masters", "system:authenticated"]],
  ["another letter case of the scheme", { authorization: "bearer secret" }, [
    "podling",
    "system:masters",
    "system:authenticated",
  ]],
  ["no token", {}, 401],
  ["another token", { authorization: "Bearer secreT" }, 401],
  ["a shorter token", { authorization: "Bearer secre" }, 401],
  ["a longer token", { authorization: "Bearer secret1" }, 401],
  ["no word of a token", { authorization: "Bearer " }, 401],
  ["a password", { authorization: "Basic secret" }, 401],
  ["the token of an account", { authorization: "Bearer account" }, [
    account.username,
    ...account.groups,
  ]],
  ["a token that has expired", { authorization: "Bearer expired" }, 401],
  ["an account as another user", {
    authorization: "Bearer account",
    "impersonate-user": "system:admin",
  }, 403],
  ["the administrator as an account", { ...asRoot, "impersonate-user": account.username }, [
    account.username,
    ...account.groups,
  ]],
  ["the administrator as a user", { ...asRoot, "impersonate-user": "jane" }, [
    "jane",
    "system:authenticated",
  ]],
  ["the administrator as a user with groups", {
    ...asRoot,
    "impersonate-user": "jane",
    "impersonate-group": "dev, ops",
  }, ["jane", "dev", "ops", "system:authenticated"]],
  ["the administrator without a name", {
    ...asRoot,
    "impersonate-user": "system:anonymous",
  }, ["system:anonymous", "system:unauthenticated"]],
  ["groups without a user", { ...asRoot, "impersonate-group": "dev" }, 400],
  ["more without a user", { ...asRoot, "impersonate-extra-a%2fb": "c" }, 400],
];
for (const [what, headers, expected] of rows) {
  Deno.test(`authenticate() ${what}`, async () => {
    const found = await authenticate(new Headers(headers), {
      token: "secret",
      tokens,
      rights: "none",
      objects,
    }).then(
      ({ username, groups }): typeof expected => [username, ...groups],
      (error) => {
        if (error instanceof ApiError) return error.code;
        throw error;
      },
    );
    deepEqual(found, expected);
  });
}

Deno.test("authenticate() takes over the uid and what else is known", async () => {
  const headers = new Headers({
    ...asRoot,
    "impersonate-user": "jane",
    "impersonate-uid": "7",
    "impersonate-extra-example.com%2fscopes": "one, two",
    "impersonate-extra-%": "as it stands",
  });
  const { uid, extra } = await authenticate(headers, {
    token: "secret",
    tokens,
    rights: "none",
    objects,
  });
  deepEqual({ uid, extra }, {
    uid: "7",
    extra: { "example.com/scopes": ["one", "two"], "%": ["as it stands"] },
  });
});
