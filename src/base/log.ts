/**
 * Structured log lines of the program itself. What concerns the user of a pod is an event of that
 * pod, not a log line. Knows no Kubernetes.
 */

/**
 * How bad it is. `info` is news, `warn` something that was coped with, `error` something that was
 * not.
 */
export type LogLevel = "info" | "warn" | "error";

/** The fields of a log line beside its sentence. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Takes log lines. */
export interface Logger {
  /** News. */
  info(message: string, fields?: LogFields): void;
  /** Something went wrong and was coped with. */
  warn(message: string, fields?: LogFields): void;
  /** Something failed and is not retried. */
  error(message: string, fields?: LogFields): void;
}

/**
 * Makes a logger out of what takes a finished line.
 *
 * @param write gets one line without its end.
 */
export function lineLogger(write: (line: string) => void): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    write(formatLogLine(level, message, fields));
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/**
 * One log line: `warn: Container is slow pod=default/web seconds=3`. Values that hold blanks,
 * quotes, `=` or control characters are quoted as JSON, so that a line stays one line.
 */
export function formatLogLine(level: LogLevel, message: string, fields: LogFields = {}): string {
  let line = `${level}: ${message.replace(CONTROL, escapeControl)}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    line += ` ${name}=${PLAIN.test(text) ? text : JSON.stringify(text)}`;
  }
  return line;
}

const PLAIN = /^[^\s"'=\p{Cc}]+$/u;
const CONTROL = /\p{Cc}/gu;

function escapeControl(character: string): string {
  return JSON.stringify(character).slice(1, -1);
}
