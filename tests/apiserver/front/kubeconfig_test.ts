/** The kubeconfig of a server, and by what it is known again. */
import { strictEqual as equal } from "node:assert/strict";
import { formatKubeconfig, isOwnKubeconfig } from "../../../src/apiserver/front/kubeconfig.ts";

const own = formatKubeconfig({ url: "https://127.0.0.1:1", certificate: "c", token: "t" });
/** As `kubectl config set-context` leaves it. */
const rewritten = `apiVersion: v1
clusters: []
current-context: podling
extensions:
- extension: {}
  name: podling.dev/serve
kind: Config
`;

const rows: readonly [string, string, boolean][] = [
  ["one that was written here", own, true],
  ["one that kubectl has changed", rewritten, true],
  ["another one", "apiVersion: v1\nkind: Config\n", false],
  ["one that speaks of it", "# podling.dev/serve\nkind: Config\n", false],
  ["nothing", "", false],
];
for (const [what, text, expected] of rows) {
  Deno.test(`isOwnKubeconfig() of ${what}`, () => equal(isOwnKubeconfig(text), expected));
}
