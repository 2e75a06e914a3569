/** Objects that keep a run going; pure. */
import type { KubernetesObject } from "../../api/types/kinds.ts";

/** What one of these objects keeps a run going for, and where kubectl can change it. */
export function describeLasting(objects: readonly KubernetesObject[]): readonly string[] {
  // A Job ends by itself.
  const lasting = objects.find(({ kind }) => kind !== "Job");
  if (lasting === undefined) return [];
  const { kind, metadata: { name } } = lasting;
  return [
    `${kind} ${name} keeps this run going until Ctrl-C; ` +
    "to change it with kubectl meanwhile, start serve instead",
  ];
}
