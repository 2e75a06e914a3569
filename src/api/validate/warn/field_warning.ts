/** A warning about a field, as the API server gives it. */

/** Something to look at; it stops nothing. */
export interface FieldWarning {
  /** Where, as in a `FieldError`. */
  readonly field: string;
  /** The text after `PATH: `. */
  readonly message: string;
}
