/** New Pods of a template; pure. */
import type { PodTemplateSpec } from "../api/types/apps.ts";
import type { Pod } from "../api/types/pod.ts";
import { dnsSubdomainDetails } from "../api/validate/common/validate_value.ts";
import { controllerReference, type Owner } from "./ownership.ts";

/**
 * A new Pod of a template, without a name: it is generated from its owner's.
 *
 * @param generateName what the name begins with. @default the owner's name and a hyphen
 *
 * Rule: Kubernetes, pkg/controller/controller_utils.go, GetPodFromTemplate.
 */
export function podFromTemplate(
  owner: Owner,
  { metadata = {}, spec }: PodTemplateSpec,
  generateName?: string,
): Pod {
  const { name, namespace } = owner.metadata;
  const { labels, annotations, finalizers } = metadata;
  const prefix = dnsSubdomainDetails(`${name}-a`).length === 0 ? `${name}-` : name;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "",
      generateName: generateName ?? prefix,
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec,
  };
}
