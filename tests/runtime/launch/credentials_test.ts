/** How a container gets no more power than it has. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import {
  type CredentialScope,
  formatCredentials,
} from "../../../src/runtime/launch/credentials.ts";
import type { SecurityConfig } from "../../../src/runtime/config.ts";

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
const root: CredentialScope = { ids: "all", hostNetwork: true };
const clear = (...names: string[]) => {
  const dropped = names.map((name) => `-${name.toLowerCase()}`).join(",");
  return ["setpriv", `--ambient-caps=${dropped}`, `--inh-caps=${dropped}`];
};
const grant = (...names: string[]) => [
  "setpriv",
  `--inh-caps=${list(names)}`,
  `--ambient-caps=${list(names)}`,
];
const keep = (names: readonly string[], ...more: string[]) => [
  "setpriv",
  "--inh-caps=-all",
  `--bounding-set=${list(names)}`,
  ...more,
];
const keepNone = ["setpriv", "--bounding-set=-all"];
const asRoot = ["chroot", "--userspec=+0:+0", "--groups=", "."];
const asSomeone = ["chroot", "--userspec=+1000:+2000", "--groups=+3000,+4000", "."];
const clearGroups = ["setpriv", "--clear-groups"];
const enter = ["nsenter", "--user=/users", "--preserve-credentials", "--root=.", "--"];
const ownMounts = ["unshare", "--mount"];
const joinMounts = ["nsenter", "-t", "7", "-m", "--"];
const admin = { capabilities: [...USUAL, "SYS_ADMIN"] };
const tracer = { capabilities: [...USUAL, "SYS_PTRACE"] };
const privileged = { capabilities: [...USUAL, "SYS_ADMIN", "SYS_MODULE"], privileged: true };

type Steps = readonly (readonly string[])[];
const rows: [
  name: string,
  security: Partial<SecurityConfig>,
  scope: CredentialScope,
  outside: Steps,
  inside: Steps,
  running?: number,
][] = [
  ["root has the usual capabilities", {}, root, [keep(USUAL), asRoot], []],
  ["another user has none, and could get no others", someone, root, [keep(USUAL), asSomeone], []],
  [
    "no new privileges",
    { noNewPrivileges: true },
    root,
    [keep(USUAL, "--no-new-privs"), asRoot],
    [],
  ],
  [
    "root without any gets what it needs to enter",
    none,
    root,
    [grant("SETGID", "SYS_CHROOT"), keepNone, asRoot],
    [clear("SETGID", "SYS_CHROOT")],
  ],
  [
    "another user without any gets one more",
    { ...someone, ...none },
    root,
    [grant("SETGID", "SYS_CHROOT", "SETUID"), keepNone, asSomeone],
    [clear("SETGID", "SYS_CHROOT", "SETUID")],
  ],
  [
    "what reaches the machine root has in a namespace of its own",
    admin,
    root,
    [clearGroups, enter],
    [ownMounts, ["setpriv", `--bounding-set=${list(admin.capabilities)}`]],
  ],
  [
    "a privileged container keeps all of its namespace",
    privileged,
    root,
    [clearGroups, enter],
    [ownMounts],
  ],
  [
    "another user could not even get by a setuid program what reaches the machine",
    { ...someone, ...admin },
    root,
    [keep(USUAL), asSomeone],
    [],
  ],
  [
    "groups go along into a namespace of its own",
    { ...privileged, user: { ...usual.user, groups: [3000, 4000] } },
    root,
    [["setpriv", "--groups=3000,4000"], enter],
    [ownMounts],
  ],
  [
    "so does its group",
    { ...privileged, user: { uid: 0, gid: 5, groups: [] } },
    root,
    [["setpriv", "--regid=5", "--clear-groups"], enter],
    [ownMounts],
  ],
  [
    "a namespace of its own, and no new privileges",
    { ...someone, noNewPrivileges: true },
    { ids: "self", hostNetwork: true },
    [["setpriv", "--no-new-privs"], enter],
    [],
  ],
  [
    "a network of the pod's own may be administered",
    { capabilities: [...USUAL, "NET_ADMIN"] },
    { ids: "all", hostNetwork: false },
    [keep([...USUAL, "NET_ADMIN"]), asRoot],
    [],
  ],
  [
    "an ordinary user's root has what it asks for: its namespace keeps it",
    { capabilities: [...USUAL, "SYS_MODULE"] },
    { ids: "sub-ids", hostNetwork: true },
    [keep([...USUAL, "SYS_MODULE"]), asRoot],
    [],
  ],
  [
    "what reaches the launcher an ordinary user's root has in a namespace of its own",
    admin,
    { ids: "sub-ids", hostNetwork: true },
    [clearGroups, enter],
    [ownMounts, ["setpriv", `--bounding-set=${list(admin.capabilities)}`]],
  ],
  [
    "so it is where there is one user only",
    privileged,
    { ids: "self", hostNetwork: true },
    [enter],
    [ownMounts],
  ],
  [
    "where there is one user only there are no groups",
    {},
    { ids: "self", hostNetwork: true },
    [keep(USUAL), ["chroot", "."]],
    [],
  ],
  [
    "where there is one user only another one is that one under another number",
    someone,
    { ids: "self", hostNetwork: true },
    [enter],
    [],
  ],
  [
    "who joins a container without a namespace of its own becomes what it is",
    {},
    root,
    [keep(USUAL), asRoot],
    [],
    7,
  ],
  [
    "who joins a namespace takes the power off before it looks at what the container has mounted",
    admin,
    root,
    [clearGroups, enter],
    [["setpriv", `--bounding-set=${list(admin.capabilities)}`], joinMounts],
    7,
  ],
  [
    "who joins a namespace whose owner can mount nothing stays where nothing is mounted",
    tracer,
    root,
    [clearGroups, enter],
    [["setpriv", `--bounding-set=${list(tracer.capabilities)}`]],
    7,
  ],
  [
    "who joins a privileged container has all that it has",
    privileged,
    root,
    [clearGroups, enter],
    [joinMounts],
    7,
  ],
];
for (const [name, security, scope, outside, inside, running] of rows) {
  Deno.test(`formatCredentials(): ${name}`, () => {
    deepEqual(formatCredentials({ ...usual, ...security }, scope, running), { outside, inside });
  });
}
