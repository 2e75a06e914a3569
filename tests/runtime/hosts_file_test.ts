import { strictEqual as equal } from "node:assert/strict";
import { formatHostsFile } from "../../src/runtime/hosts_file.ts";
import type { PodSandboxConfig } from "../../src/runtime/runtime.ts";

const config: PodSandboxConfig = {
  podUid: "u-1",
  namespace: "shop",
  podName: "web",
  attempt: 0,
  hostname: "web",
  hostAliases: [],
  hostNetwork: false,
  shareProcessNamespace: false,
};
const aliases = [{ ip: "10.1.2.3", hostnames: ["a.local", "b"] }, {
  ip: "10.1.2.4",
  hostnames: [],
}];
const head = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;
const added = "\n# Entries added by HostAliases.\n10.1.2.3\ta.local\tb\n10.1.2.4\n";

const cases: readonly [string, Partial<PodSandboxConfig>, string][] = [
  ["R-HOST-2: the pod's own line", {}, `${head}127.0.0.2\tweb\n`],
  [
    "R-HOST-2: the full name goes first",
    { domain: "db.shop.svc.cluster.local" },
    `${head}127.0.0.2\tweb.db.shop.svc.cluster.local\tweb\n`,
  ],
  ["R-HOST-3: aliases", { hostAliases: aliases }, `${head}127.0.0.2\tweb\n${added}`],
  [
    "R-HOST-4: the node's own file on its network",
    { hostNetwork: true, hostAliases: aliases },
    `# Kubernetes-managed hosts file (host network).\n127.0.0.1 node\n${added}`,
  ],
];
for (const [name, rest, text] of cases) {
  Deno.test(`formatHostsFile(): ${name}`, () => {
    equal(formatHostsFile({ ...config, ...rest }, "127.0.0.2", "127.0.0.1 node\n"), text);
  });
}
