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
 * The Service `kubernetes` with the address that kubeadm gives it. `Differs:` where no API is
 * served, nothing listens there.
 */
const KUBERNETES = { address: "10.96.0.1", port: 443 };

/**
 * Those of the Service `kubernetes`, which every container has, and with `enableServiceLinks` those
 * of every Service of the namespace that has an address.
 *
 * Rule: R-ENV-1; Kubernetes, pkg/kubelet/envvars/envvars.go, FromServices, and kubelet_pods.go,
 * getServiceEnvVarMap.
 *
 * @param services of the pod's namespace.
 * @param api where the pod's containers reach the API.
 */
export function serviceVariables(
  { spec }: Pod,
  services: readonly Service[],
  { address, port } = KUBERNETES,
): ReadonlyMap<string, string> {
  const kubernetes: Addressed = {
    name: "kubernetes",
    clusterIP: address,
    ports: [{ name: "https", port }],
  };
  // That of the namespace `default` is the same one.
  const others = services.filter(({ metadata: { namespace, name } }) =>
    namespace !== "default" || name !== kubernetes.name
  );
  const linked = spec.enableServiceLinks === false ? [] : others.flatMap(addressOf);
  return new Map([kubernetes, ...linked].flatMap(variablesOf));
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
