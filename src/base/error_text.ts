/** The message of an error. */

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where in the program an error was thrown, for faults of our own. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** The system's message, without the path and the number, in lower case. */
export function formatSystemError({ message }: Error): string {
  return message.replace(/ \(os error \d+\).*$/s, "").toLowerCase();
}
