/** The user's own shell beside a server, in which kubectl knows it: `serve --kubectl`. */
import { UsageError } from "../../base/usage_error.ts";
import { findProgram } from "../../runtime/machine/executable.ts";
import { readSearchPath } from "../../runtime/machine/tool_search.ts";

/** Where kubectl is from, for those who do not have it. */
const ADVICE =
  "kubectl is not on PATH; https://kubernetes.io/docs/tasks/tools/ shows how to get it";

/** A shell that runs. */
export interface UserShell {
  /** Its exit status, 128 + N for signal N. */
  readonly ended: Promise<number>;
  /** Ends it as a terminal that is closed. May be repeated. */
  hangUp(): void;
}

/** Why `kubectl` cannot be called by its name; undefined where it can. */
function adviseOnKubectl(): string | undefined {
  return findProgram("kubectl", readSearchPath()) === undefined ? ADVICE : undefined;
}

/**
 * The shell of the user, or `/bin/sh` where they name none.
 *
 * @throws {UsageError} it is not a program, or there is no kubectl for it.
 */
export function findUserShell(): string {
  const advice = adviseOnKubectl();
  if (advice !== undefined) throw new UsageError(`--kubectl: ${advice}`);
  const program = Deno.env.get("SHELL") || "/bin/sh";
  const found = findProgram(program, readSearchPath());
  if (found !== undefined) return found;
  throw new UsageError(
    `--kubectl: SHELL is ${program}, which is not an executable file; set it to your shell`,
  );
}

/**
 * Starts a shell on the terminal of the user.
 *
 * @param kubeconfig for the clients that are started in it.
 * @param directory where the user stands.
 */
export function startUserShell(
  program: string,
  { kubeconfig, directory }: { readonly kubeconfig: string; readonly directory: string },
): UserShell {
  const child = new Deno.Command(program, {
    cwd: directory,
    env: { KUBECONFIG: kubeconfig },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  let isOver = false;
  return {
    ended: child.status.then(({ code }) => {
      isOver = true;
      return code;
    }),
    hangUp: () => {
      if (!isOver) child.kill("SIGHUP");
    },
  };
}

/**
 * What a person at a terminal can type now.
 *
 * @param hasShell in the shell that was started, else in another one.
 */
export function describeUse(hasShell: boolean): string {
  const advice = adviseOnKubectl();
  if (advice !== undefined) return `The node is ready; ${advice}`;
  const words = "kubectl apply -f MANIFEST, kubectl get pods -w";
  return hasShell
    ? `In this shell kubectl knows the node: ${words}; exit ends its Pods`
    : `Type the line above in another terminal, then ${words}; Ctrl-C ends the Pods`;
}

/** What a person at a terminal waits for at the end. */
export function describeEnding(pods: number): string {
  const what = pods === 1 ? "a Pod" : `${pods} Pods`;
  return `Ending ${what}, with the grace of each; Ctrl-C ends them at once`;
}
