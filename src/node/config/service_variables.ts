/** The variables that Services give to the containers of a pod; pure. */
import type { Service } from "../../api/types/network.ts";
import type { Pod } from "../../api/types/pod.ts";

/** What of a Service its variables have. */
interface Addressed {
  readonly name: string;
  readonly clusterIP: string;
  readonly ports: readonly {
    readonly name?: string;
    readonly port: number;
    readonly protocol?: string;
  }[];
}

/**
 * The Service `kubernetes` with the address that kubeadm gives it. `Differs:` nothing listens
 * there.
 */
const KUBERNETES: Addressed = {
  name: "kubernetes",
  clusterIP: "10.96.0.1",
  ports: [{ name: "https", port: 443 }],
};

/**
 * Those of the Service `kubernetes`, which every container has, and with `enableServiceLinks` those
 * of every Service of the namespace that has an address.
 *
 * Rule: R-ENV-1; Kubernetes, pkg/kubelet/envvars/envvars.go, FromServices, and kubelet_pods.go,
 * getServiceEnvVarMap.
 *
 * @param services of the pod's namespace.
 */
export function serviceVariables(
  { spec }: Pod,
  services: readonly Service[],
): ReadonlyMap<string, string> {
  const linked = spec.enableServiceLinks === false ? [] : services.flatMap(addressOf);
  return new Map([KUBERNETES, ...linked].flatMap(variablesOf));
}

/** None of a headless one, and of another name for something. */
function addressOf({ metadata: { name }, spec }: Service): Addressed[] {
  const { clusterIP = "None", ports = [] } = spec;
  return clusterIP === "None" ? [] : [{ name, clusterIP, ports }];
}

function variablesOf({ name, clusterIP, ports }: Addressed): [string, string][] {
  const prefix = formatVariable(name);
  const number = `${prefix}_SERVICE_PORT`;
  return [
    [`${prefix}_SERVICE_HOST`, clusterIP],
    ...ports.slice(0, 1).map(({ port }): [string, string] => [number, `${port}`]),
    ...ports.flatMap(({ name = "", port }): [string, string][] =>
      name === "" ? [] : [[`${number}_${formatVariable(name)}`, `${port}`]]
    ),
    ...ports.flatMap((port, index) => linksOf(prefix, clusterIP, port, index === 0)),
  ];
}

/** As Docker's links had them. */
function linksOf(
  prefix: string,
  address: string,
  { port, protocol = "TCP" }: Addressed["ports"][number],
  isFirst: boolean,
): [string, string][] {
  const scheme = protocol.toLowerCase();
  const url = `${scheme}://${address}:${port}`;
  const name = `${prefix}_PORT_${port}_${protocol}`;
  return [
    ...isFirst ? [[`${prefix}_PORT`, url] as [string, string]] : [],
    [name, url],
    [`${name}_PROTO`, scheme],
    [`${name}_PORT`, `${port}`],
    [`${name}_ADDR`, address],
  ];
}

function formatVariable(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
