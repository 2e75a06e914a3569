/** Tokens of Pods: used, replaced in time, and kept while there is no other. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/base/clock.ts";
import { PodTokens } from "../../../src/node/sources/pod_tokens.ts";
import { podOf } from "../../support/simulation.ts";

const HOUR = 3600_000;
const pod = { ...podOf("p", ["c"]), metadata: { name: "p", namespace: "default", uid: "u" } };
const wish = { audience: "", expirationSeconds: 3600 };

function setUp(speed = 1) {
  const clock = new VirtualClock();
  let count = 0;
  const state = { lifetimeMs: HOUR, fault: "" };
  const tokens = new PodTokens({
    api: {
      requestToken: (_pod, { audience }) =>
        state.fault === ""
          ? Promise.resolve({
            token: `${++count}${audience}`,
            expiresAt: clock.wallTime(clock.now()) + state.lifetimeMs,
          })
          : Promise.reject(new Error(state.fault)),
    },
    clock,
    speed,
  });
  return { clock, tokens, state };
}

const tokenOf = async (tokens: PodTokens, more: Partial<typeof wish> = {}) => {
  const outcome = await tokens.get(pod, { ...wish, ...more });
  return "token" in outcome ? outcome.token : outcome.fault;
};

Deno.test("a token is used for four fifths of its time", async () => {
  const { clock, tokens } = setUp();
  deepEqual(tokens.renewAt("u"), Infinity);
  deepEqual(await tokenOf(tokens), "1");
  deepEqual(tokens.renewAt("u"), 0.8 * HOUR);
  await clock.advance(0.8 * HOUR - 1);
  deepEqual(await tokenOf(tokens), "1");
  await clock.advance(1);
  deepEqual(await tokenOf(tokens), "2");
});

Deno.test("a token that holds for long is used for a day", async () => {
  const { tokens, state } = setUp();
  state.lifetimeMs = 1000 * HOUR;
  await tokenOf(tokens);
  deepEqual(tokens.renewAt("u"), 24 * HOUR);
});

Deno.test("tokens end by the wall clock, however fast the lifecycle runs", async () => {
  const { tokens } = setUp(10);
  await tokenOf(tokens);
  deepEqual(tokens.renewAt("u"), 8 * HOUR);
});

Deno.test("each wish has a token of its own, and the first that ends counts", async () => {
  const { clock, tokens, state } = setUp();
  deepEqual(await tokenOf(tokens), "1");
  state.lifetimeMs = HOUR / 2;
  deepEqual(await tokenOf(tokens, { audience: "vault" }), "2vault");
  deepEqual(tokens.renewAt("u"), 0.4 * HOUR);
  await clock.advance(0.4 * HOUR);
  deepEqual(await tokenOf(tokens), "1");
  deepEqual(await tokenOf(tokens, { audience: "vault" }), "3vault");
});

Deno.test("a token that cannot be replaced is used until it ends", async () => {
  const { clock, tokens, state } = setUp();
  await tokenOf(tokens);
  state.fault = "no account";
  await clock.advance(0.8 * HOUR);
  deepEqual(await tokenOf(tokens), "1");
  deepEqual(tokens.renewAt("u"), 0.8 * HOUR + 60_000);
  await clock.advance(0.2 * HOUR);
  deepEqual(await tokenOf(tokens), "no account");
  state.fault = "";
  deepEqual(await tokenOf(tokens), "2");
});

Deno.test("the tokens of a Pod that is gone are forgotten", async () => {
  const { tokens } = setUp();
  await tokenOf(tokens);
  tokens.forget("u");
  deepEqual([tokens.renewAt("u"), await tokenOf(tokens)], [Infinity, "2"]);
});
