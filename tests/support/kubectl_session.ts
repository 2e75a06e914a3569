/** kubectl against a node that serves, and what tests of it have in common. */
import { match, strictEqual as equal } from "node:assert/strict";
import { kubectlPath, type ServedNode, serveNode } from "./served_node.ts";

/** There is no kubectl. */
export const ignore: boolean = kubectlPath === undefined;

/** A Pod of one container, as JSON. */
export const POD = (name: string, command: readonly string[], more: Record<string, unknown> = {}) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: "c", image: "none", command, ...more }],
    },
  });

/** A Deployment of `sleep`, as JSON. */
export const DEPLOYMENT = (value: string, replicas = 2) =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{
            name: "c",
            image: "none",
            command: ["sleep", "1000"],
            env: [{ name: "A", value }],
          }],
        },
      },
    },
  });

/** Runs `kubectl`, and expects what it prints. */
export class Session {
  readonly #node: ServedNode;

  constructor(node: ServedNode) {
    this.#node = node;
  }

  /** Runs a command; its words are separated by blanks. */
  async run(words: string, expected: RegExp | string, options: {
    readonly stdin?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly code?: number;
    /** Looks at standard error instead. */
    readonly isError?: boolean;
  } = {}): Promise<string> {
    const { stdin, env, code = 0, isError = false } = options;
    const ended = await this.#node.kubectl(
      words.split(" ").map((it) => it.replaceAll("·", " ")),
      { ...(stdin !== undefined && { stdin }), ...(env && { env }) },
    );
    const text = isError ? ended.stderr : ended.stdout;
    const shown = `kubectl ${words}\n${ended.stdout}${ended.stderr}`;
    equal(ended.code, code, shown);
    if (typeof expected === "string") equal(text, expected, shown);
    else match(text, expected, shown);
    return text;
  }
}

/** Runs a test with a node of its own. */
export async function inSession(test: (session: Session, node: ServedNode) => Promise<void>) {
  await using node = await serveNode(["--isolation", "process"]);
  await test(new Session(node), node);
}

/** Without WebSockets, as 1.29 and older. */
export const SPDY: Readonly<Record<string, string>> = {
  KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false",
  KUBECTL_PORT_FORWARD_WEBSOCKETS: "false",
};
