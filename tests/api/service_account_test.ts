/** The folder of the service account: Kubernetes' admission. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  findMissingCertificates,
  isAutomounted,
  withAccount,
  withServiceAccount,
} from "../../src/api/service_account.ts";
import type { ServiceAccount } from "../../src/api/types/cluster.ts";
import type { Container, Pod, PodSpec } from "../../src/api/types/pod.ts";

const PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const NAME = "kube-api-access-bbbbb";
const MOUNT = { name: NAME, readOnly: true, mountPath: PATH };

function pod(spec: Partial<PodSpec>): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c" }], ...spec },
  };
}

function container(mountPath: string, volume = "v"): Container {
  return { name: "c", volumeMounts: [{ name: volume, mountPath }] };
}

Deno.test("withServiceAccount() adds a volume, and a mount to every container", () => {
  const { spec } = withServiceAccount(pod({ initContainers: [{ name: "i" }] }), 0);
  deepEqual(spec.initContainers?.[0]?.volumeMounts, [MOUNT]);
  deepEqual(spec.containers[0]?.volumeMounts, [MOUNT]);
  equal(spec.volumes?.[0]?.name, NAME);
  deepEqual(spec.volumes?.[0]?.projected?.sources?.map((it) => Object.keys(it)[0]), [
    "serviceAccountToken",
    "configMap",
    "downwardAPI",
  ]);
});

const account = (more: Partial<ServiceAccount> = {}): ServiceAccount => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "default", namespace: "default" },
  ...more,
});
const ofAccount: [what: string, pod: Pod, account: ServiceAccount, ending?: number][] = [
  ["its folder", pod({}), account(), 0],
  ["no folder where there is no place for one", pod({}), account()],
  [
    "no folder where the account wants none",
    pod({}),
    account({
      automountServiceAccountToken: false,
    }),
    0,
  ],
  [
    "a folder where the Pod wants one all the same",
    pod({ automountServiceAccountToken: true }),
    account({ automountServiceAccountToken: false }),
    0,
  ],
  [
    "the secrets for images of the account",
    pod({}),
    account({
      imagePullSecrets: [{ name: "a" }],
    }),
  ],
  [
    "its own secrets for images",
    pod({ imagePullSecrets: [{ name: "b" }] }),
    account({
      imagePullSecrets: [{ name: "a" }],
    }),
  ],
];
const expected: [folders: number, secrets: string][] = [
  [1, ""],
  [0, ""],
  [0, ""],
  [1, ""],
  [0, "a"],
  [0, "b"],
];
for (const [i, [what, given, of, ending]] of ofAccount.entries()) {
  Deno.test(`withAccount() gives a Pod ${what}`, () => {
    const { volumes = [], imagePullSecrets = [] } = withAccount(given, of, ending).spec;
    deepEqual([volumes.length, imagePullSecrets.map(({ name }) => name).join()], expected[i]);
  });
}

const same: [name: string, pod: Pod][] = [
  ["that wants none", pod({ automountServiceAccountToken: false })],
  ["with a volume at the place", pod({ containers: [container(PATH)] })],
  ["with a volume at the place, and a slash", pod({ containers: [container(`${PATH}/`)] })],
  ...["/var", "/var/run/", "/run", "/run/secrets", "/"].map((path): [string, Pod] => [
    `with a path of the host at ${path}`,
    pod({ containers: [container(path)], volumes: [{ name: "v", hostPath: { path: "/x" } }] }),
  ]),
];
for (const [name, it] of same) {
  Deno.test(`withServiceAccount() leaves a Pod alone ${name}`, () => {
    equal(withServiceAccount(it, 0), it);
  });
}

const mounted: [name: string, spec: Partial<PodSpec>][] = [
  ["an emptyDir above", { containers: [container("/var/run")], volumes: [{ name: "v" }] }],
  ["a path of the host elsewhere", {
    containers: [container("/var/runs")],
    volumes: [{ name: "v", hostPath: { path: "/x" } }],
  }],
];
for (const [name, spec] of mounted) {
  Deno.test(`withServiceAccount() mounts the folder beside ${name}`, () => {
    deepEqual(withServiceAccount(pod(spec), 0).spec.containers[0]?.volumeMounts?.at(-1), MOUNT);
  });
}

Deno.test("withServiceAccount() finds the volume of an exported Pod", () => {
  const volumes = [{ name: "kube-api-access-9xkzq", emptyDir: {} }];
  const containers = [container(PATH, "kube-api-access-9xkzq"), { name: "d" }];
  const { spec } = withServiceAccount(pod({ containers, volumes }), 0);
  equal(spec.volumes, volumes);
  deepEqual(spec.containers.map((it) => it.volumeMounts?.map(({ name }) => name)), [
    ["kube-api-access-9xkzq"],
    ["kube-api-access-9xkzq"],
  ]);
});

Deno.test("findMissingCertificates() finds what would hold the API server's certificate", () => {
  const configMap = { name: "kube-root-ca.crt" };
  const it = pod({
    volumes: [
      { name: "a", configMap },
      { name: "b", configMap: { name: "other" } },
      { name: "c", projected: { sources: [{ downwardAPI: {} }, { configMap }] } },
    ],
  });
  deepEqual(findMissingCertificates(it, () => false).map(({ field }) => field), [
    "spec.volumes[0].configMap",
    "spec.volumes[2].projected.sources[1].configMap",
  ]);
  deepEqual(findMissingCertificates(it, () => true), []);
});

const accountOf = (name: string, namespace?: string): ServiceAccount => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  automountServiceAccountToken: false,
});
const automounts: [
  name: string,
  spec: Partial<PodSpec>,
  accounts: ServiceAccount[],
  is: boolean,
][] = [
  ["no account", {}, [], true],
  ["its account", {}, [accountOf("default")], false],
  ["another account", { serviceAccountName: "a" }, [accountOf("default")], true],
  ["its account by the old name", { serviceAccount: "a" }, [accountOf("a", "default")], false],
  ["one of another namespace", {}, [accountOf("default", "b")], true],
  ["itself", { automountServiceAccountToken: true }, [accountOf("default")], true],
];
for (const [name, spec, accounts, is] of automounts) {
  Deno.test(`isAutomounted() is decided by ${name}`, () => {
    equal(isAutomounted(pod(spec), accounts), is);
  });
}
