import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { Pod, PodSecurityContext, SecurityContext } from "../../../src/api/types/pod.ts";
import { ConfigError } from "../../../src/node/config/config_error.ts";
import { generateSecurityConfig } from "../../../src/node/config/security_config.ts";
import { plainSecurity } from "../../support/runtime_configs.ts";

function generate(
  context?: SecurityContext,
  podContext?: PodSecurityContext,
  imageUser = { uid: 0, gid: 0 },
) {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid: "u-1" },
    spec: {
      containers: [{ name: "main", ...(context && { securityContext: context }) }],
      ...(podContext && { securityContext: podContext }),
    },
  };
  return generateSecurityConfig(pod, pod.spec.containers[0]!, imageUser);
}

Deno.test("generateSecurityConfig() gives root and the usual capabilities where nothing is said", () => {
  deepEqual(generate(), plainSecurity);
  equal(plainSecurity.capabilities.length, 14);
});

const users: readonly [string, SecurityContext, PodSecurityContext, string][] = [
  ["the pod's user and group", {}, { runAsUser: 1000, runAsGroup: 2000 }, "1000 2000 []"],
  ["the container's before the pod's", { runAsUser: 0, runAsGroup: 7 }, {
    runAsUser: 1000,
    runAsGroup: 2000,
  }, "0 7 []"],
  ["the root group for a user alone", { runAsUser: 1000 }, {}, "1000 0 []"],
  ["root for a group alone", { runAsGroup: 7 }, {}, "0 7 []"],
  [
    "supplementary groups, sorted and once each",
    {},
    { supplementalGroups: [30, 4, 30] },
    "0 0 [4 30]",
  ],
  [
    "the fsGroup among them (R-VOL-6)",
    {},
    { fsGroup: 9, supplementalGroups: [30, 4] },
    "0 0 [4 9 30]",
  ],
  ["no group twice", { runAsGroup: 9 }, { fsGroup: 9, supplementalGroups: [9, 4] }, "0 9 [4]"],
];
for (const [name, context, podContext, wanted] of users) {
  Deno.test(`generateSecurityConfig() gives ${name}`, () => {
    const { uid, gid, groups } = generate(context, podContext).user;
    equal(`${uid} ${gid} [${groups.join(" ")}]`, wanted);
  });
}

Deno.test("generateSecurityConfig() starts from the user that the image would name", () => {
  const shown = (context: SecurityContext) => {
    const { uid, gid } = generate(context, { runAsNonRoot: true }, { uid: 1000, gid: 100 }).user;
    return `${uid} ${gid}`;
  };
  equal(shown({}), "1000 100");
  equal(shown({ runAsUser: 1001 }), "1001 0");
  equal(shown({ runAsGroup: 7 }), "1000 7");
});

const usual = plainSecurity.capabilities;
const capabilities: readonly [string, SecurityContext["capabilities"], readonly string[]][] = [
  ["none asked for", {}, usual],
  ["one added", { add: ["NET_ADMIN"] }, [...usual, "NET_ADMIN"].sort()],
  ["one dropped", { drop: ["KILL"] }, usual.filter((it) => it !== "KILL")],
  ["all dropped", { drop: ["ALL"] }, []],
  ["all dropped, one added", { drop: ["ALL"], add: ["NET_BIND_SERVICE"] }, ["NET_BIND_SERVICE"]],
  ["added and dropped", { add: ["NET_ADMIN"], drop: ["NET_ADMIN"] }, usual],
  ["all added and all dropped", { add: ["ALL"], drop: ["ALL"] }, []],
  ["in small letters, with the kernel's prefix", { drop: ["all"], add: ["cap_chown"] }, ["CHOWN"]],
];
for (const [name, asked, wanted] of capabilities) {
  Deno.test(`generateSecurityConfig() computes capabilities: ${name}`, () => {
    deepEqual(generate({ capabilities: asked! }).capabilities, wanted);
  });
}

Deno.test("generateSecurityConfig() computes capabilities: all but some", () => {
  const { capabilities } = generate({ capabilities: { add: ["ALL"], drop: ["SYS_ADMIN"] } });
  equal(capabilities.length, 40);
  equal(capabilities.includes("SYS_ADMIN"), false);
  deepEqual(capabilities.toSorted(), capabilities);
});

Deno.test("generateSecurityConfig() gives a privileged container all capabilities, whatever it drops", () => {
  const { capabilities, privileged } = generate({
    privileged: true,
    capabilities: { drop: ["ALL"] },
  });
  equal(privileged, true);
  equal(capabilities.length, 41);
});

const escalations: readonly [string, SecurityContext, boolean][] = [
  ["is open where nothing is said", {}, false],
  ["is open where it is allowed", { allowPrivilegeEscalation: true }, false],
  ["is closed where it is not", { allowPrivilegeEscalation: false }, true],
  [
    "is open to a privileged container",
    { allowPrivilegeEscalation: false, privileged: true },
    false,
  ],
  ["is open to a container with SYS_ADMIN", {
    allowPrivilegeEscalation: false,
    capabilities: { add: ["SYS_ADMIN"] },
  }, false],
];
for (const [name, context, closed] of escalations) {
  Deno.test(`generateSecurityConfig(): privilege escalation ${name}`, () => {
    equal(generate(context).noNewPrivileges, closed);
  });
}

Deno.test("generateSecurityConfig() hands procMount on", () => {
  equal(generate({ procMount: "Unmasked" }).procMount, "Unmasked");
  equal(generate({ procMount: "Default" }).procMount, "Default");
});

const image = "container has runAsNonRoot and image will run as root";
const runAsUser = "container's runAsUser breaks non-root policy";
const nonRoot: readonly [SecurityContext, PodSecurityContext, string | undefined][] = [
  [{ runAsNonRoot: true }, {}, image],
  [{}, { runAsNonRoot: true }, image],
  [{ runAsNonRoot: true, runAsUser: 0 }, {}, runAsUser],
  [{ runAsNonRoot: true }, { runAsUser: 0 }, runAsUser],
  [{ runAsUser: 0 }, { runAsNonRoot: true, runAsUser: 5 }, runAsUser],
  [{ runAsNonRoot: true, runAsUser: 5 }, {}, undefined],
  [{ runAsNonRoot: true }, { runAsUser: 5 }, undefined],
  [{ runAsNonRoot: false }, { runAsNonRoot: true }, undefined],
  [{}, { runAsNonRoot: false }, undefined],
];
for (const [context, podContext, why] of nonRoot) {
  const given = JSON.stringify([context, podContext]);
  Deno.test(`R-START-1: generateSecurityConfig() ${why ? "refuses" : "accepts"} ${given}`, () => {
    if (why === undefined) return void generate(context, podContext);
    throws(() => generate(context, podContext), (error) => {
      equal(error instanceof ConfigError && error.reason, "CreateContainerConfigError");
      const remedy = why === image
        ? "; no image is read here: securityContext.runAsUser names the user"
        : "";
      equal((error as Error).message, `${why} (pod: "web_shop(u-1)", container: main)${remedy}`);
      return true;
    });
  });
}

Deno.test("generateSecurityConfig() refuses a capability that there is not", () => {
  throws(() => generate({ capabilities: { add: ["CAP_MAGIC"] } }), {
    reason: "CreateContainerError",
    message: 'unknown capability "CAP_MAGIC"',
  });
});
