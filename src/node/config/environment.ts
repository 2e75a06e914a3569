/** A container's variables, from literals, other objects and the pod itself; pure. */
import { ownValue } from "../../base/plain_data.ts";
import { everyContainer } from "../../api/pod_containers.ts";
import type {
  Container,
  EnvFromSource,
  EnvVarSource,
  FileKeySelector,
  Pod,
} from "../../api/types/pod.ts";
import { ConfigError } from "./config_error.ts";
import { podFieldValue, resourceFieldValue } from "./downward_api.ts";
import { envFileKey, type EnvFiles, findEnvFileValue, refuseEnvFile } from "./env_file.ts";
import { expand } from "./expansion.ts";
import type { PodSources } from "./pod_sources.ts";
import { serviceVariables } from "./service_variables.ts";

/**
 * The variables that the manifest gives a container, in order: `envFrom` first, then `env`, each
 * overriding what was there, then those of Services that are not set yet. A `$(NAME)` sees what is
 * defined before it, and those.
 *
 * Rules: R-ENV-1 to R-ENV-7.
 *
 * @param podIP the sandbox's address, for `status.podIP`.
 * @param files what `fileKeyRef` names; those of volumes that no container mounts are not needed.
 * @throws {ConfigError} `CreateContainerConfigError` when an object or a key is missing that is not
 * optional.
 */
export function generateEnvironment(
  sources: PodSources,
  container: Container,
  podIP: string,
  files: EnvFiles,
): Map<string, string> {
  const variables = new Map<string, string>();
  const links = serviceVariables(sources.pod, sources.services, sources.api);
  const lookUp = (name: string) => variables.get(name) ?? links.get(name);
  for (const source of container.envFrom ?? []) {
    for (const [key, value] of readAllKeys(sources, source)) {
      variables.set((source.prefix ?? "") + key, value);
    }
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (value) {
      variables.set(name, expand(value, lookUp));
    } else if (valueFrom !== undefined) {
      const found = readValue(sources, container, valueFrom, podIP, files);
      if (found !== undefined) variables.set(name, found);
    } else {
      variables.set(name, "");
    }
  }
  for (const [name, value] of links) {
    if (!variables.has(name)) variables.set(name, value);
  }
  return variables;
}

/** Every key of a ConfigMap or Secret (R-ENV-1). */
function readAllKeys(sources: PodSources, source: EnvFromSource): Iterable<[string, string]> {
  const { configMapRef, secretRef } = source;
  if (configMapRef !== undefined) {
    const name = configMapRef.name ?? "";
    const object = sources.configMap(name);
    if (object === undefined) return missing(`configmap "${name}" not found`, configMapRef) ?? [];
    return Object.entries(object.data ?? {});
  }
  if (secretRef !== undefined) {
    const name = secretRef.name ?? "";
    const object = sources.secret(name);
    if (object === undefined) return missing(`secret "${name}" not found`, secretRef) ?? [];
    return Object.entries(object.data ?? {}).map(([key, value]) => [key, decodeText(value)]);
  }
  return [];
}

/**
 * @returns undefined where the source is optional and not there: the variable is left out
 * (R-ENV-4).
 */
function readValue(
  sources: PodSources,
  container: Container,
  source: EnvVarSource,
  podIP: string,
  files: EnvFiles,
): string | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef, fileKeyRef } = source;
  const namespace = sources.pod.metadata.namespace;
  if (configMapKeyRef !== undefined) {
    const { name = "", key } = configMapKeyRef;
    const object = sources.configMap(name);
    if (object === undefined) return missing(`configmap "${name}" not found`, configMapKeyRef);
    const value = ownValue(object.data, key);
    if (value !== undefined) return value;
    return missing(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`, configMapKeyRef);
  }
  if (secretKeyRef !== undefined) {
    const { name = "", key } = secretKeyRef;
    const object = sources.secret(name);
    if (object === undefined) return missing(`secret "${name}" not found`, secretKeyRef);
    const value = ownValue(object.data, key);
    if (value !== undefined) return decodeText(value);
    return missing(`couldn't find key ${key} in Secret ${namespace}/${name}`, secretKeyRef);
  }
  if (fieldRef !== undefined) return podFieldValue(sources, fieldRef.fieldPath, podIP);
  if (resourceFieldRef !== undefined) {
    return resourceFieldValue(sources, resourceFieldRef, container.name);
  }
  if (fileKeyRef !== undefined) return readFileKey(sources.pod, fileKeyRef, files);
  return "";
}

/** What a variable is in a simulation, where no program has written its file. */
const UNKNOWN_VALUE = "unknown";

/**
 * That it is optional forgives a key that is missing, and not a file.
 * Rules: R-ENV-7, R-FOLK-26; Kubernetes, pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables.
 */
function readFileKey(
  pod: Pod,
  reference: FileKeySelector,
  files: EnvFiles,
): string | undefined {
  const { volumeName, key } = reference;
  if (!isMounted(pod, volumeName)) {
    throw new ConfigError(
      "CreateContainerConfigError",
      `cannot find the volume "${volumeName}" referenced by FileKeyRef`,
    );
  }
  const file = files.get(envFileKey(reference))!;
  switch (file.type) {
    case "unknown":
      return UNKNOWN_VALUE;
    case "unreadable":
      return refuseEnvFile(file.why);
    case "text": {
      const value = findEnvFileValue(file.text, key);
      if (value !== "") return value;
      return missing(
        `environment variable key "${key}" not found in file "${file.path}"`,
        reference,
      );
    }
  }
}

/** Whether any container of a pod mounts a volume: the kubelet has no other. */
export function isMounted(pod: Pod, volumeName: string): boolean {
  return everyContainer(pod).some(({ volumeMounts = [] }) =>
    volumeMounts.some(({ name }) => name === volumeName)
  );
}

/** Nothing, if that is allowed. */
function missing(message: string, reference: { readonly optional?: boolean }): undefined {
  if (reference.optional === true) return undefined;
  throw new ConfigError("CreateContainerConfigError", message);
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function decodeText(base64: string): string {
  return utf8.decode(Uint8Array.fromBase64(base64));
}
