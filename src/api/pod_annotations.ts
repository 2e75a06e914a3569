/**
 * Annotations that are older forms of fields.
 *
 * Rule: Kubernetes, pkg/registry/core/pod/strategy.go, applyAppArmorVersionSkew.
 */
import { mapContainers } from "./pod_containers.ts";
import type { AppArmorProfile, Container, Pod } from "./types/pod.ts";

/** Before the name of a container. */
export const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

/**
 * A Pod whose containers have the AppArmor profiles that annotations ask for, where no field does.
 */
export function withAnnotatedProfiles(pod: Pod): Pod {
  const { metadata: { annotations = {} }, spec } = pod;
  const isAnnotated = Object.keys(annotations).some((it) => it.startsWith(APP_ARMOR_ANNOTATION));
  if (!isAnnotated || spec.os?.name === "windows") return pod;
  const withProfile = (container: Container): Container => {
    const profile = parseProfile(annotations[APP_ARMOR_ANNOTATION + container.name]);
    return profile === undefined || container.securityContext?.appArmorProfile ? container : {
      ...container,
      securityContext: { ...container.securityContext, appArmorProfile: profile },
    };
  };
  return { ...pod, spec: mapContainers(spec, withProfile) };
}

/** The profile that an annotation asks for; undefined if it asks for none. */
function parseProfile(annotation: string | undefined): AppArmorProfile | undefined {
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  if (annotation === "unconfined") return { type: "Unconfined" };
  const [, localhostProfile] = /^localhost\/(.+)$/s.exec(annotation ?? "") ?? [];
  return localhostProfile === undefined ? undefined : { type: "Localhost", localhostProfile };
}
