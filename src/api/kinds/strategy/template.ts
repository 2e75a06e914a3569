/** The Pods of the templates that objects have, and what the rows of such kinds share; pure. */
import type { PodTemplateSpec } from "../../types/apps.ts";
import type { ObjectMeta } from "../../types/meta.ts";
import type { Pod } from "../../types/pod.ts";
import type { PodTemplate } from "./strategy.ts";

/** An object with a template of its Pods in `spec.template`. */
interface Templated {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly template: PodTemplateSpec };
}

/** What is alike in the rows of what manages Pods. */
export const managingRow = {
  namespaced: true,
  confidential: false,
  hasStatus: true,
  prepareForCreate: withFirstGeneration,
  podTemplatesOf: ({ metadata, spec }: Templated): readonly PodTemplate[] => [
    templateAt("spec.template", spec.template, metadata),
  ],
  mapPods: <O extends Templated>(object: O, change: (pod: Pod) => Pod): O => ({
    ...object,
    spec: {
      ...object.spec,
      template: mapTemplate(object.spec.template, object.metadata, change),
    },
  }),
} as const;

/** The object as one whose spec is counted: its changes raise the generation. */
export function withFirstGeneration<O extends { readonly metadata: ObjectMeta }>(object: O): O {
  return { ...object, metadata: { ...object.metadata, generation: 1 } };
}

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
