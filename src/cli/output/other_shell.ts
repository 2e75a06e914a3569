/** A hint for scripts that failed because this machine's shell is not the one of their image. */
import { allContainers } from "../../api/pod_containers.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { hasApplets } from "../../runtime/machine/applets.ts";

/** With these a shell ends that does not understand a script, or does not find a command. */
const MISUNDERSTOOD: readonly (number | undefined)[] = [2, 127];

/**
 * Names a container that may have failed because the machine has no busybox, whose shell its image
 * has; undefined if none has.
 * @param pods of a run on such a machine, as it has left them.
 */
export function describeOtherShell(pods: readonly Pod[]): string | undefined {
  for (const pod of pods) {
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const failed = [...initContainerStatuses, ...containerStatuses].filter((it) =>
      [it.state, it.lastState].some((state) => MISUNDERSTOOD.includes(state?.terminated?.exitCode))
    );
    const found = allContainers(pod).find((it) =>
      failed.some(({ name }) => name === it.name) && hasApplets(it.image ?? "") && runsShell(it)
    );
    if (found === undefined) continue;
    return `Container "${found.name}" ran in this machine's sh, since no busybox is installed here; ` +
      `the sh of its image ${found.image} is busybox's, and takes more (such as [[ and $RANDOM)`;
  }
  return undefined;
}

/** Without a command the images start one, too. */
function runsShell({ command: [program] = [] }: Container): boolean {
  return program === undefined || /^(.*\/)?(sh|ash)$/.test(program);
}
