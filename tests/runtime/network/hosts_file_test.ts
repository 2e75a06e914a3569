/** `/etc/hosts` (R-HOST-2 to R-HOST-4). */
import { strictEqual as equal } from "node:assert/strict";
import { formatHostsFile } from "../../../src/runtime/network/hosts_file.ts";
import type { PodSandboxConfig } from "../../../src/runtime/config.ts";
import { sandboxConfigOf } from "../../support/runtime_configs.ts";

const HEAD = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;
const HOST_HEAD = "# Kubernetes-managed hosts file (host network).\n";
const ALIASES = "\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n::5\tc\n";
const aliases = [{ ip: "1.2.3.4", hostnames: ["a", "b"] }, { ip: "::5", hostnames: ["c"] }];

const rows: [name: string, config: Partial<PodSandboxConfig>, nodeFile: string, file: string][] = [
  ["a pod", {}, "", `${HEAD}127.9.9.9\tweb\n`],
  [
    "a domain",
    { domain: "sub.ns.svc.cluster.local" },
    "",
    `${HEAD}127.9.9.9\tweb.sub.ns.svc.cluster.local\tweb\n`,
  ],
  [
    "a host name that is the full one",
    { hostname: "web.sub.ns.svc.cluster.local", domain: "sub.ns.svc.cluster.local" },
    "",
    `${HEAD}127.9.9.9\tweb.sub.ns.svc.cluster.local\tweb\n`,
  ],
  ["aliases", { hostAliases: aliases }, "", `${HEAD}127.9.9.9\tweb\n${ALIASES}`],
  ["the host's network", { hostNetwork: true }, "1.1.1.1 x\n", `${HOST_HEAD}1.1.1.1 x\n`],
  ["the host's, without an end", { hostNetwork: true }, "1.1.1.1 x", `${HOST_HEAD}1.1.1.1 x\n`],
  ["the host's, empty", { hostNetwork: true }, "", HOST_HEAD],
  [
    "the host's and aliases",
    { hostNetwork: true, hostAliases: aliases },
    "1.1.1.1 x\n",
    `${HOST_HEAD}1.1.1.1 x\n${ALIASES}`,
  ],
];
for (const [name, change, nodeFile, file] of rows) {
  Deno.test(`R-HOST-2 R-HOST-3 R-HOST-4: formatHostsFile(): ${name}`, () => {
    equal(formatHostsFile(sandboxConfigOf(change), "127.9.9.9", nodeFile), file);
  });
}
