/**
 * Who may ask: only clients with the token, and no web page; pure.
 *
 * A page of another origin can make a browser send requests to this machine. Browsers name the
 * origin in such requests, and a name that leads here in `Host`; neither can be changed by a page.
 */
import { ApiError } from "../answer/api_error.ts";

/** What is asked of each request. */
export interface GateOptions {
  readonly token: string;
  /** Names and addresses of this server, without the port. */
  readonly names: readonly string[];
}

/**
 * Why a request is refused; undefined where it may go on.
 */
export function checkRequest(
  { headers, url }: Pick<Request, "headers" | "url">,
  { token, names }: GateOptions,
): ApiError | undefined {
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (!names.includes(host)) {
    return new ApiError("Forbidden", `forbidden: this server is not ${JSON.stringify(host)}`);
  }
  const origin = headers.get("origin");
  if (origin !== null) {
    return new ApiError(
      "Forbidden",
      `forbidden: a request of the web page ${JSON.stringify(origin)}`,
    );
  }
  const given = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  return isSame(given, token) ? undefined : new ApiError("Unauthorized", "Unauthorized");
}

/** Takes as long wherever the texts differ. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
