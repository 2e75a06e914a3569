/**
 * Which requests are looked at: those for this server, and of no web page; pure.
 *
 * A page of another origin can make a browser send requests to this machine. Browsers name the
 * origin in such requests, and a name that leads here in `Host`; neither can be changed by a page.
 */
import { ApiError } from "../answer/api_error.ts";

/** What is asked of each request. */
export interface GateOptions {
  /** Names and addresses of this server, without the port. */
  readonly names: readonly string[];
}

/**
 * Why a request is refused; undefined where it may go on.
 */
export function checkRequest(
  { headers, url }: Pick<Request, "headers" | "url">,
  { names }: GateOptions,
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
  return undefined;
}
