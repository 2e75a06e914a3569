/** What a person typed cannot be meant: printed without a stack, exit status 125. */
export class UsageError extends Error {
  /**
   * Takes the message as it will be printed.
   * @param message what was seen and what would do, no full stop
   */
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
