/**
 * The keys of a session: passwords and tickets that the kernel keeps for a login, and hands on to
 * each new process.
 */

/** Numbers of the system call, which the C library has no function for. */
const SYS_KEYCTL = { x86_64: 250n, aarch64: 219n };
const KEYCTL_JOIN_SESSION_KEYRING = 1n;
const EPERM = 1;
const ENOSYS = 38;

/**
 * Gives this thread, and all that it starts from now on, a new and empty session keyring, as runc
 * does for each container: the caller's keys are not for containers, and what those add does not
 * outlive them. Where the kernel has no keyrings, or lets refuses them, there is nothing to hide.
 * @throws {Error} if none can be created.
 */
export function joinOwnSessionKeyring(): void {
  const libc = Deno.dlopen("libc.so.6", {
    syscall: { parameters: ["i64", "i64", "i64"], result: "i64" },
    __errno_location: { parameters: [], result: "pointer" },
  });
  try {
    const joined = libc.symbols.syscall(
      SYS_KEYCTL[Deno.build.arch],
      KEYCTL_JOIN_SESSION_KEYRING,
      0n,
    );
    if (joined >= 0n) return;
    const errno = new Deno.UnsafePointerView(libc.symbols.__errno_location()!).getInt32();
    if (errno === EPERM || errno === ENOSYS) return;
    const message = `Cannot make a session keyring: keyctl(2) fails with error ${errno}`;
    throw Object.assign(new Error(message), { code: `errno ${errno}` });
  } finally {
    libc.close();
  }
}
