/** The address of this machine. */

/**
 * The first address that other machines can reach, IPv4 before IPv6; that of the loopback where
 * there is no other.
 */
export function hostAddress(): string {
  const addresses = Deno.networkInterfaces().filter(({ address, family }) =>
    family === "IPv4"
      ? !address.startsWith("127.")
      : address !== "::1" && !address.startsWith("fe80")
  );
  const best = addresses.find(({ family }) => family === "IPv4") ?? addresses[0];
  return best?.address ?? "127.0.0.1";
}
