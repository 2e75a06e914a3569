/**
 * What a Job's failure policy says of a Pod; pure.
 *
 * Rule: Kubernetes, pkg/controller/job/pod_failure_policy.go, matchPodFailurePolicy.
 */
import type {
  Job,
  PodFailurePolicyAction,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from "../../api/types/batch.ts";
import type { ContainerStatus, Pod } from "../../api/types/pod.ts";

/** How a failure is handled. */
export interface FailureVerdict {
  /** Of the rule that matches; undefined: none does, and the failure counts. */
  readonly action?: PodFailurePolicyAction;
  /** What led to it: `Container c for pod default/j-x failed with exit code 42`. */
  readonly because?: string;
  /** Whether it counts towards `backoffLimit`. */
  readonly counts: boolean;
}

/** The first rule that matches a Pod that has failed decides (R-JOB-10). */
export function judgeFailure(pod: Pod, { spec }: Job): FailureVerdict {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const found = matchRule(rule, pod);
    if (found === undefined) continue;
    const because = `${found} matching ${rule.action} rule at index ${index}`;
    return { action: rule.action, because, counts: rule.action !== "Ignore" };
  }
  return { counts: true };
}

function matchRule(
  { onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  { metadata: { namespace, name }, status }: Pod,
): string | undefined {
  if (onExitCodes) {
    const { containerStatuses = [], initContainerStatuses = [] } = status ?? {};
    const found = [...containerStatuses, ...initContainerStatuses]
      .find((it) => matchesExit(it, onExitCodes));
    if (found === undefined) return undefined;
    const code = found.state!.terminated!.exitCode;
    return `Container ${found.name} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  const condition = status?.conditions?.find((it) =>
    onPodConditions.some(({ type, status }) => it.type === type && it.status === status)
  );
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}

/** A container that has succeeded matches nothing, `NotIn` included. */
function matchesExit(
  { name, state }: ContainerStatus,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): boolean {
  const exitCode = state?.terminated?.exitCode;
  if (exitCode === undefined || exitCode === 0) return false;
  if (containerName !== undefined && containerName !== name) return false;
  return values.includes(exitCode) === (operator === "In");
}
