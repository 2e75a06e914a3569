/** Commands in which a doubled `$` loses one of the two; pure. */
import type { Container, Pod, Probe } from "../../types/pod.ts";
import type { FieldWarning } from "./field_warning.ts";

/**
 * Words of a command with a `$$` before something else than `(`: a shell's own process id arrives
 * as a single `$`. A `$$$$` is taken as meant.
 *
 * Rules: R-ENV-3, R-ENV-9, R-PROBE-13: `command`, `args` and the commands of probes are expanded,
 * those of hooks are not.
 */
export function adviseDollars(pod: Pod): FieldWarning[] {
  return (["initContainers", "containers"] as const).flatMap((list) =>
    (pod.spec[list] ?? []).flatMap((container, index) =>
      expandedCommands(container).flatMap(([field, words]) =>
        words.flatMap((word, at) =>
          losesDollar(word)
            ? [{ field: `spec.${list}[${index}].${field}[${at}]`, message: ADVICE }]
            : []
        )
      )
    )
  );
}

const ADVICE = "$$ becomes a single $, as in Kubernetes; $$$$ gives $$";

/** Whether a `$$` is neither one of several nor the escape of `$(NAME)`. */
function losesDollar(word: string): boolean {
  return /(?<!\$)\$\$(?![$(])/.test(word);
}

function expandedCommands(container: Container): [field: string, words: readonly string[]][] {
  const probes = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
  return [
    ["command", container.command ?? []],
    ["args", container.args ?? []],
    ...probes.map((name): [string, readonly string[]] => {
      const probe: Probe | undefined = container[name];
      return [`${name}.exec.command`, probe?.exec?.command ?? []];
    }),
  ];
}
