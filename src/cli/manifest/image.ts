/**
 * What an image name means on a node that pulls nothing: the program that its entry point would be.
 */

/**
 * Waits for its end, and ends well when it is asked to, as Kubernetes' build/pause/linux/pause.c
 * does.
 */
const PAUSE = ["sh", "-c", "trap 'exit 0' INT TERM; while :; do sleep 2147483647 & wait; done"];

/** Programs that the machine may have, by the last part of an image's name. */
const WELL_KNOWN: Readonly<Record<string, readonly string[]>> = {
  alpine: ["/bin/sh"],
  bash: ["bash"],
  busybox: ["sh"],
  caddy: ["caddy", "run"],
  curl: ["curl"],
  debian: ["bash"],
  // This program's own Deno is always there, on PATH or not.
  deno: [Deno.execPath()],
  httpd: ["httpd", "-D", "FOREGROUND"],
  memcached: ["memcached"],
  mongo: ["mongod"],
  nginx: ["nginx", "-g", "daemon off;"],
  node: ["node"],
  ...Object.fromEntries(
    ["pause", "pause-amd64", "pause-arm64", "mirrored-pause"].map((name) => [name, PAUSE]),
  ),
  perl: ["perl"],
  postgres: ["postgres"],
  python: ["python3"],
  redis: ["redis-server"],
  ruby: ["irb"],
  ubuntu: ["bash"],
};

/**
 * The program and arguments of an image, by its full name, else by the last part of its name
 * without tag or digest.
 *
 * @param extra The user's `--image NAME=ARGV` of the command line; it comes first.
 * @returns undefined for an unknown image.
 */
export function resolveImage(
  image: string,
  extra: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const untagged = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  const name = untagged.slice(untagged.lastIndexOf("/") + 1);
  return extra.get(image) ?? extra.get(untagged) ?? extra.get(name) ??
    (Object.hasOwn(WELL_KNOWN, name) ? WELL_KNOWN[name] : undefined);
}
