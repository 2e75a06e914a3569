/** The Pods of the templates that objects have; pure. */
import type { PodTemplateSpec } from "../types/apps.ts";
import type { ObjectMeta } from "../types/meta.ts";
import type { Pod } from "../types/pod.ts";
import type { PodTemplate } from "./strategy.ts";

/**
 * The Pod of a template, under the name of the object that has it: its own Pods have other names.
 *
 * @param path where the object has it: `spec.template`.
 */
export function templateAt(
  path: string,
  { metadata, spec }: PodTemplateSpec,
  { name, namespace }: ObjectMeta,
): PodTemplate {
  const own = { ...metadata, name, ...(namespace !== undefined && { namespace }) };
  return { path, pod: { apiVersion: "v1", kind: "Pod", metadata: own, spec } };
}

/** A template with the spec that a change makes of its Pod's. */
export function mapTemplate(
  template: PodTemplateSpec,
  owner: ObjectMeta,
  change: (pod: Pod) => Pod,
): PodTemplateSpec {
  return { ...template, spec: change(templateAt("", template, owner).pod).spec };
}
