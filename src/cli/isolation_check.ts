/** What a manifest asks for that only a sandbox can keep apart from the host; pure. */
import { type FieldError, forbidden } from "../api/errors.ts";
import type { Container, Pod, SecurityContext } from "../api/pod.ts";

/** Who runs the containers where nobody else can: the user of this program. */
export interface ProcessUser {
  /** User id. */
  readonly uid: number;
  /** Group id. */
  readonly gid: number;
}

/**
 * The fields that `--isolation process` refuses, so that a Pod never acts on the host's own files by accident: a
 * volume at a path, a read-only root, another user or group.
 */
export function findSandboxFields(pod: Pod, user: ProcessUser): FieldError[] {
  const { spec } = pod;
  const contexts: [string, Partial<SecurityContext> | undefined][] = [
    ["spec.securityContext", spec.securityContext],
  ];
  const errors: FieldError[] = [];
  const lists: [string, readonly Container[]][] = [
    ["spec.initContainers", spec.initContainers ?? []],
    ["spec.containers", spec.containers],
  ];
  for (const [list, containers] of lists) {
    for (const [index, container] of containers.entries()) {
      const path = `${list}[${index}]`;
      for (const mount of container.volumeMounts?.keys() ?? []) {
        errors.push(refuse(`${path}.volumeMounts[${mount}].mountPath`, "a volume at a path"));
      }
      contexts.push([`${path}.securityContext`, container.securityContext]);
    }
  }
  for (const [path, context] of contexts) {
    if (context?.readOnlyRootFilesystem) {
      errors.push(refuse(`${path}.readOnlyRootFilesystem`, "a read-only root"));
    }
    if (context?.runAsUser !== undefined && context.runAsUser !== user.uid) {
      errors.push(refuse(`${path}.runAsUser`, "another user"));
    }
    if (context?.runAsGroup !== undefined && context.runAsGroup !== user.gid) {
      errors.push(refuse(`${path}.runAsGroup`, "another group"));
    }
  }
  return errors;
}

function refuse(field: string, what: string): FieldError {
  return forbidden(field, `${what} needs --isolation sandbox, and this run has process`);
}
