/** What an error says. */

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the system said: without the path and the number, and small. */
export function formatSystemError({ message }: Error): string {
  return message.replace(/ \(os error \d+\).*$/s, "").toLowerCase();
}
