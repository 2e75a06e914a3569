/** What is recorded about a rule of Kubernetes; pure. */

/** A rule of the Pod semantics of Kubernetes 1.36. */
export interface Rule {
  /** One sentence, in this project's own words. */
  readonly text: string;
  /**
   * Where it comes from: files below the root of kubernetes/kubernetes, with the function in
   * parentheses, files of containerd, or pages; separated by semicolons.
   */
  readonly source: string;
}

/** Rules by id: `R-BACKOFF-3`. */
export type Rules = Readonly<Record<string, Rule>>;
