/** The exit statuses as people read them: in the help, the manual page and the README; pure. */

/** A status, and when a command ends with it. */
export interface DescribedStatus {
  /** `0`, `129, 130, 143`. */
  readonly status: string;
  /** In Markdown. */
  readonly when: string;
}

/** Every exit status. */
export const exitStatuses: readonly DescribedStatus[] = [
  { status: "0", when: "every Pod and Job succeeded, or `--until` was reached" },
  {
    status: "the container's code",
    when:
      "a Pod failed, or the last Pod of a Job that did: the container that `--exit-code-from` " +
      "names, else by `--exit-policy` among those that failed; 128 + N for signal N",
  },
  {
    status: "1",
    when: "a Pod or Job failed though none of its containers did; `validate`: the manifest is " +
      "invalid; `check`: an expectation does not hold; `lab`: a prediction was wrong",
  },
  { status: "124", when: "`--timeout`, or the Pod's own `activeDeadlineSeconds`, ran out" },
  {
    status: "125",
    when: "nothing was decided by the workload: bad options, an invalid manifest, a machine that " +
      "cannot do what was demanded, our own fault",
  },
  {
    status: "129, 130, 143",
    when:
      "SIGHUP, SIGINT, SIGTERM: the Pods are ended gracefully first, and a line names what the " +
      "run waits for; a second signal at least one second later ends them at once",
  },
  {
    status: "141",
    when: "standard output was closed before the end (`run … | head -1`): the Pods are ended " +
      "gracefully, within 2 s",
  },
];
