/** Why a patch is refused; pure data. */

/** A patch that cannot be understood, or does not fit the object. */
export class PatchError extends Error {
  /** `malformed`: whatever the object is; `inapplicable`: to this object. */
  readonly reason: "malformed" | "inapplicable";

  /** Words it. */
  constructor(reason: PatchError["reason"], message: string) {
    super(message);
    this.name = "PatchError";
    this.reason = reason;
  }
}
