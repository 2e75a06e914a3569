/** Which programs lead into a sandbox's namespaces, and in which order. */
import { strictEqual as equal } from "node:assert/strict";
import {
  type ChainTarget,
  execChain,
  launchChain,
} from "../../../src/runtime/launch/namespace_chain.ts";

const tools = { nsenter: "NSENTER", setsid: "SETSID", sh: "SH" };
const asRoot: ChainTarget = {
  namespaces: {
    holder: { pid: 1, startTime: "1" },
    enter: [],
    joinUser: [],
    ids: "all",
    highestId: 9,
    identity: { uids: "0 0 10", gids: "0 0 10" },
  },
  pausePid: 7,
  sharesNetwork: true,
  sharesIPC: false,
};
const asUser: ChainTarget = {
  ...asRoot,
  namespaces: { ...asRoot.namespaces, joinUser: ["-U", "--preserve-credentials"] },
  sharesNetwork: false,
};
const rows: [name: string, chain: readonly string[], words: string][] = [
  [
    "a container with a PID namespace of its own",
    launchChain(asRoot, tools, "NONCE.unshare", "own"),
    "NSENTER -t 7 -m -i -u -p -- NONCE.unshare --mount --fork --pid -- SETSID",
  ],
  [
    "a container in the pause process's, which no process waits in",
    launchChain(asRoot, tools, "NONCE.unshare", "shared"),
    "NSENTER -t 7 -m -i -u -p --no-fork -- NONCE.unshare --mount --fork -- SETSID",
  ],
  [
    "a container among the processes of another one, by the process that waits for that",
    launchChain(asRoot, tools, "NONCE.unshare", { waiterPid: 8 }),
    "NSENTER -t 7 -m -i -u --pid=/proc/8/ns/pid_for_children --no-fork -- NONCE.unshare --mount --fork -- SETSID",
  ],
  [
    "a user namespace and a network of the pod's own",
    launchChain(asUser, tools, "NONCE.unshare", "own"),
    "NSENTER -t 7 -U --preserve-credentials -m -i -u -n -p -- NONCE.unshare --mount --fork --pid -- SETSID",
  ],
  [
    "a pod with the machine's IPC objects",
    launchChain({ ...asUser, sharesIPC: true }, tools, "NONCE.unshare", "own"),
    "NSENTER -t 7 -U --preserve-credentials -m -u -n -p -- NONCE.unshare --mount --fork --pid -- SETSID",
  ],
  [
    "a container that runs, by the process that waits for it",
    execChain(asUser, tools, 8),
    "NSENTER --no-fork -t 8 -U --preserve-credentials -m --pid=/proc/8/ns/pid_for_children -i -u -n --root=/proc/7/root -- " +
    `SH -c exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $? wait SETSID`,
  ],
];
for (const [name, chain, words] of rows) {
  Deno.test(`the chain into ${name}`, () => equal(chain.join(" "), words));
}
