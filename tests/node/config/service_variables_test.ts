import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Service, ServiceSpec } from "../../../src/api/types/network.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import { serviceVariables } from "../../../src/node/config/service_variables.ts";

function serviceOf(name: string, spec: ServiceSpec): Service {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "shop" }, spec };
}

function podOf(spec: Partial<Pod["spec"]>): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "shop" },
    spec: { containers: [{ name: "main" }], ...spec },
  };
}

/** Those beside the ones that every container has. */
function variablesOf(services: readonly Service[], spec: Partial<Pod["spec"]> = {}) {
  return [...serviceVariables(podOf(spec), services)]
    .filter(([name]) => !name.startsWith("KUBERNETES_"));
}

const web = serviceOf("web-app", {
  clusterIP: "10.96.1.1",
  ports: [{ port: 80, protocol: "TCP" }, { name: "dns-udp", port: 53, protocol: "UDP" }],
});

Deno.test("serviceVariables(): host, ports by name and Docker's links (R-ENV-1)", () => {
  deepEqual(variablesOf([web]), [
    ["WEB_APP_SERVICE_HOST", "10.96.1.1"],
    ["WEB_APP_SERVICE_PORT", "80"],
    ["WEB_APP_SERVICE_PORT_DNS_UDP", "53"],
    ["WEB_APP_PORT", "tcp://10.96.1.1:80"],
    ["WEB_APP_PORT_80_TCP", "tcp://10.96.1.1:80"],
    ["WEB_APP_PORT_80_TCP_PROTO", "tcp"],
    ["WEB_APP_PORT_80_TCP_PORT", "80"],
    ["WEB_APP_PORT_80_TCP_ADDR", "10.96.1.1"],
    ["WEB_APP_PORT_53_UDP", "udp://10.96.1.1:53"],
    ["WEB_APP_PORT_53_UDP_PROTO", "udp"],
    ["WEB_APP_PORT_53_UDP_PORT", "53"],
    ["WEB_APP_PORT_53_UDP_ADDR", "10.96.1.1"],
  ]);
});

Deno.test("serviceVariables(): none without links, without an address, or of another name", () => {
  const headless = serviceOf("db", { clusterIP: "None", ports: [{ port: 1 }] });
  const alias = serviceOf("out", { type: "ExternalName", externalName: "example.com" });
  deepEqual(variablesOf([headless, alias]), []);
  deepEqual(variablesOf([web], { enableServiceLinks: false }), []);
});

Deno.test("serviceVariables(): a Service named kubernetes takes the place of the cluster's", () => {
  const own = serviceOf("kubernetes", { clusterIP: "10.96.9.9", ports: [{ port: 6443 }] });
  const variables = serviceVariables(podOf({}), [own]);
  deepEqual(
    [variables.get("KUBERNETES_SERVICE_HOST"), variables.get("KUBERNETES_SERVICE_PORT")],
    ["10.96.9.9", "6443"],
  );
});

Deno.test("serviceVariables(): where the API is, once also in the namespace of its Service", () => {
  const kubernetes: Service = {
    ...serviceOf("kubernetes", { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] }),
    metadata: { name: "kubernetes", namespace: "default" },
  };
  const api = { address: "127.0.0.1", port: 6443 };
  const variables = serviceVariables(podOf({}), [kubernetes, web], api);
  deepEqual([...variables].filter(([name]) => name.startsWith("KUBERNETES_")), [
    ["KUBERNETES_SERVICE_HOST", "127.0.0.1"],
    ["KUBERNETES_SERVICE_PORT", "6443"],
    ["KUBERNETES_SERVICE_PORT_HTTPS", "6443"],
    ["KUBERNETES_PORT", "tcp://127.0.0.1:6443"],
    ["KUBERNETES_PORT_6443_TCP", "tcp://127.0.0.1:6443"],
    ["KUBERNETES_PORT_6443_TCP_PROTO", "tcp"],
    ["KUBERNETES_PORT_6443_TCP_PORT", "6443"],
    ["KUBERNETES_PORT_6443_TCP_ADDR", "127.0.0.1"],
  ]);
});
