/**
 * Which requests are looked at: those for this server, and of no web page; pure.
 *
 * A page of another origin can make a browser send requests to this machine. Browsers name the
 * origin in such requests, and a name that leads here in `Host`; neither can be changed by a page.
 */
import { ApiError, badRequest } from "../answer/api_error.ts";

/** What is asked of each request. */
export interface GateOptions {
  /** Names and addresses of this server, without the port. */
  readonly names: readonly string[];
}

/** RFC 9110, section 7.2: what stands behind it would become part of the path. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{0,5})?$/i;

/**
 * Why a request is refused; undefined where it may go on.
 */
export function checkRequest(
  { headers, url }: Pick<Request, "headers" | "url">,
  { names }: GateOptions,
): ApiError | undefined {
  const named = headers.get("host");
  if (!URL.canParse(url) || (named && !HOST.test(named))) {
    const shown = named === null ? "" : ` ${JSON.stringify(named)}`;
    return badRequest(`malformed Host header${shown}: expected a name or an address, and a port`);
  }
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
  return undefined;
}
