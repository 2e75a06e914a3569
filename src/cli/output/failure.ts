/** Failures of the system, in words. */
import { formatSystemError } from "../../base/error_text.ts";

/** The system's message, or Deno's in its place. */
export function describeFailure(error: unknown): string {
  // Tasks that only compute are given no more than they use, and what is in /dev and /proc takes
  // everything.
  if (error instanceof Deno.errors.NotCapable) {
    return "this task may not open it; deno task cli, followed by the same command, may";
  }
  if (error instanceof Error && "code" in error) {
    return formatSystemError(error);
  }
  throw error;
}
