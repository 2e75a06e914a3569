/**
 * Pod addresses. With the machine's own network each pod has a loopback address to itself.
 */

/** A loopback address for a pod, always the same for the same UID, never in 127.0.0.0/16. Pure. */
export function loopbackAddress(podUid: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < podUid.length; index++) {
    hash = Math.imul(hash ^ podUid.charCodeAt(index), 0x01000193) >>> 0;
  }
  const part = (shift: number) => (hash >>> shift) % 254 + 1;
  return `127.${part(0)}.${part(8)}.${part(16)}`;
}

/** One IPv4 address of this machine; loopback if it has no other. */
export function hostAddress(): string {
  const outer = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  return outer?.address ?? "127.0.0.1";
}
