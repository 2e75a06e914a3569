/** What the API of a node does with a Pod before it is stored. */
import { isMirror } from "../../api/scheduling/static_pod.ts";
import { withAccount } from "../../api/service_account.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { ObjectFinder } from "../../apiserver/identity/claims.ts";
import { StatusError } from "../../store/status_error.ts";

/**
 * The Pod with what comes from its service account.
 *
 * Rule: Kubernetes, plugin/pkg/admission/serviceaccount/admission.go, Admit.
 *
 * @param ending of the name of the volume with its token; undefined: there is no place for it.
 * @throws {StatusError} `Forbidden` where there is no such account.
 */
export function admitWithAccount(
  pod: Pod,
  objects: ObjectFinder,
  ending: number | undefined,
): Pod {
  // The Pod of a file has none.
  if (isMirror(pod)) return pod;
  const { metadata: { namespace = "default", name }, spec } = pod;
  const accountName = spec.serviceAccountName || spec.serviceAccount || "default";
  const account = objects.get("ServiceAccount", namespace, accountName);
  if (account === undefined) {
    const found = `serviceaccount ${JSON.stringify(accountName)} not found`;
    throw new StatusError("Forbidden", "pods", name, {
      detail: `error looking up service account ${namespace}/${accountName}: ${found}`,
    });
  }
  return withAccount(pod, account, ending);
}
