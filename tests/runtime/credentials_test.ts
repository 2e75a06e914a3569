/** How a container gets no more power than it has. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { type CredentialScope, formatCredentials } from "../../src/runtime/credentials.ts";
import type { SecurityConfig } from "../../src/runtime/runtime.ts";

const USUAL =
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
    .split(" ");
const usual: SecurityConfig = {
  user: { uid: 0, gid: 0, groups: [] },
  capabilities: USUAL,
  privileged: false,
  noNewPrivileges: false,
  procMount: "Default",
};
const someone = { user: { uid: 1000, gid: 2000, groups: [3000, 4000] } };
const none = { capabilities: [] };
const list = (names: readonly string[]) =>
  ["-all", ...names.map((name) => `+${name.toLowerCase()}`)].join(",");
const bound = `--bounding-set=${list(USUAL)}`;
const root: CredentialScope = { ids: "all", hostNetwork: true };
const clear = ["setpriv", "--ambient-caps=-all", "--inh-caps=-all"];
const lend = (...names: string[]) => [
  "SETPRIV",
  `--inh-caps=${list(names)}`,
  `--ambient-caps=${list(names)}`,
];
const asRoot = ["CHROOT", "--userspec=0:0", "--groups=", "."];
const mapping = ["setpriv", "--ambient-caps=-all,+setfcap", "--inh-caps=-all,+setfcap"];
const lendMapping = lend("SETGID", "SYS_CHROOT", "SETFCAP");

const rows: [
  name: string,
  security: Partial<SecurityConfig>,
  scope: CredentialScope,
  outside: readonly string[],
  inside: readonly (readonly string[])[],
][] = [
  ["root has the usual capabilities", {}, root, [
    "SETPRIV",
    "--inh-caps=-all",
    bound,
    ...asRoot,
  ], []],
  [
    "another user has none, and could get no others",
    someone,
    root,
    [
      "SETPRIV",
      "--inh-caps=-all",
      bound,
      "CHROOT",
      "--userspec=1000:2000",
      "--groups=3000,4000",
      ".",
    ],
    [],
  ],
  ["no new privileges", { noNewPrivileges: true }, root, [
    "SETPRIV",
    "--inh-caps=-all",
    bound,
    "--no-new-privs",
    ...asRoot,
  ], []],
  [
    "root without any is lent what it takes to go in",
    none,
    root,
    [...lend("SETGID", "SYS_CHROOT"), "SETPRIV", "--bounding-set=-all", ...asRoot],
    [clear],
  ],
  [
    "another user without any is lent one more",
    { ...someone, ...none },
    root,
    [
      ...lend("SETGID", "SYS_CHROOT", "SETUID"),
      "SETPRIV",
      "--bounding-set=-all",
      "CHROOT",
      "--userspec=1000:2000",
      "--groups=3000,4000",
      ".",
    ],
    [clear],
  ],
  [
    "what reaches the machine root has in a namespace of its own",
    { capabilities: [...USUAL, "SYS_ADMIN"] },
    root,
    [...lendMapping, "SETPRIV", "--bounding-set=-all", ...asRoot],
    [
      mapping,
      ["unshare", "--user", "--map-user=0", "--map-group=0", "--mount"],
      ["setpriv", `--bounding-set=${list([...USUAL, "SYS_ADMIN"])}`],
    ],
  ],
  [
    "a privileged container keeps all of its namespace",
    { capabilities: ["all"], privileged: true },
    root,
    [...lendMapping, "SETPRIV", "--bounding-set=-all", ...asRoot],
    [mapping, ["unshare", "--user", "--map-user=0", "--map-group=0", "--mount"]],
  ],
  [
    "another user could not even get by a setuid program what reaches the machine",
    { ...someone, capabilities: [...USUAL, "SYS_ADMIN"] },
    root,
    [
      "SETPRIV",
      "--inh-caps=-all",
      bound,
      "CHROOT",
      "--userspec=1000:2000",
      "--groups=3000,4000",
      ".",
    ],
    [],
  ],
  [
    "a network of the pod's own may be administered",
    { capabilities: [...USUAL, "NET_ADMIN"] },
    { ids: "all", hostNetwork: false },
    ["SETPRIV", "--inh-caps=-all", `--bounding-set=${list([...USUAL, "NET_ADMIN"])}`, ...asRoot],
    [],
  ],
  [
    "an ordinary user's root has it in a namespace of its own too",
    { capabilities: [...USUAL, "SYS_ADMIN"] },
    { ids: "sub-ids", hostNetwork: true },
    [...lendMapping, "SETPRIV", "--bounding-set=-all", ...asRoot],
    [
      mapping,
      ["unshare", "--user", "--map-user=0", "--map-group=0", "--mount"],
      ["setpriv", `--bounding-set=${list([...USUAL, "SYS_ADMIN"])}`],
    ],
  ],
  [
    "where there is one user only there are no groups",
    {},
    { ids: "self", hostNetwork: true },
    ["SETPRIV", "--inh-caps=-all", bound, "CHROOT", "."],
    [],
  ],
  [
    "where there is one user only another one is that one under another number",
    someone,
    { ids: "self", hostNetwork: true },
    [...lendMapping, "SETPRIV", "--bounding-set=-all", "CHROOT", "."],
    [mapping, ["unshare", "--user", "--map-user=1000", "--map-group=2000"]],
  ],
];
for (const [name, security, scope, outside, inside] of rows) {
  Deno.test(`formatCredentials(): ${name}`, () => {
    const tools = { setpriv: "SETPRIV", chroot: "CHROOT" };
    deepEqual(formatCredentials({ ...usual, ...security }, tools, scope), { outside, inside });
  });
}
