/**
 * The file from which clients know the server and their token; pure.
 *
 * Rule: Kubernetes, client-go, tools/clientcmd/api/v1/types.go. It is JSON, which is YAML.
 */

/** Marks the files that we write: no other is replaced. */
const MARK = "podling.dev/serve";

/** How a server is reached. */
export interface ServerAddress {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /** In PEM. */
  readonly certificate: string;
  readonly token: string;
}

/** The text of a kubeconfig for one server. */
export function formatKubeconfig({ url, certificate, token }: ServerAddress): string {
  const name = "podling";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name,
      cluster: { server: url, "certificate-authority-data": btoa(certificate) },
    }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
    extensions: [{ name: MARK, extension: {} }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** Whether a text is a kubeconfig that was written here, as it was or as kubectl writes it. */
export function isOwnKubeconfig(text: string): boolean {
  return text.includes(`"name": "${MARK}"`) || text.includes(`\n  name: ${MARK}\n`);
}
