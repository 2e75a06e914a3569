/**
 * Names of images, as `docker pull` takes them; pure.
 *
 * Rule: distribution/reference, regexp.go and normalize.go.
 */

/** The parts of an image's name as it is written. */
export interface ImageName {
  /** What stands before the first slash, if that can be a registry. */
  readonly registry?: string;
  /** With its slashes. */
  readonly path: string;
  /** Without its colon. */
  readonly tag?: string;
  /** With its `@`. */
  readonly digest?: string;
}

const IMAGE =
  /^(?:(?=[^/]*[.:A-Z]|localhost\/)([A-Za-z0-9]+(?:(?:\.|-+)[A-Za-z0-9]+)*(?::\d+)?)\/)?([a-z0-9]+(?:(?:[._]|__|-+|\/)[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** Reads an image's name; undefined if it is not one. */
export function parseImageName(text: string): ImageName | undefined {
  const match = IMAGE.exec(text);
  if (!match) return undefined;
  const [, registry, path, tag, digest] = match;
  return {
    ...(registry !== undefined && { registry }),
    path: path!,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/**
 * The name in full, as container runtimes report it: `busybox` is
 * `docker.io/library/busybox:latest`, and a tag beside a digest is left out. What is not a name
 * stays as it is.
 */
export function normalizeImageName(text: string): string {
  const name = parseImageName(text);
  if (name === undefined) return text;
  const { registry = "docker.io", path, tag = "latest", digest } = name;
  const domain = registry === "index.docker.io" ? "docker.io" : registry;
  const library = domain === "docker.io" && !path.includes("/") ? "library/" : "";
  return `${domain}/${library}${path}${digest ?? `:${tag}`}`;
}
