/**
 * The certificate and the token of a server, which its clients know it by, and the key of the
 * tokens that it issues.
 */
import { type Certificate, createCertificate } from "../../apiserver/front/certificate.ts";
import { SigningKey } from "../../apiserver/identity/signing_key.ts";
import { isObject, parseJson } from "../../base/plain_data.ts";
import type { DataFolder } from "./data_folder.ts";

/** What a server shows, and what its clients show it. */
export interface Credentials {
  readonly certificate: Certificate;
  /** What the requests of its administrator carry. */
  readonly token: string;
  /** By which tokens of service accounts are signed. */
  readonly signingKey: SigningKey;
}

/** How they are kept. */
interface KeptCredentials extends Certificate {
  /** Names and addresses that the certificate is for. */
  readonly names: readonly string[];
  /** Wall clock, in ms since 1970. */
  readonly madeAt: number;
  readonly token: string;
  readonly signingKey: string;
}

const FILE = "credentials.json";

/** A certificate is used again for most of the year that it is valid. */
const USED_MS = 300 * 86_400_000;

/**
 * Those of the server before, so that clients that know it go on; new ones where it had none, was
 * reached under other names, or where they are old.
 *
 * @param options.names under which the server is reached.
 * @param options.now wall clock, in ms since 1970.
 * @param folder where they are kept. @default nowhere
 */
export async function readCredentials(
  { names, now }: { readonly names: readonly string[]; readonly now: number },
  folder: DataFolder | undefined,
): Promise<Credentials> {
  const known = folder && parseCredentials(folder.read(FILE));
  const isFresh = known !== undefined && now >= known.madeAt && now < known.madeAt + USED_MS;
  // A text that is not a key is replaced: it has signed nothing.
  const signingKey = await SigningKey.create(known?.signingKey).catch(() => SigningKey.create());
  if (isFresh && known.names.join() === names.join()) {
    const { cert, key, token } = known;
    return { certificate: { cert, key }, token, signingKey };
  }
  const certificate = await createCertificate({ names, now });
  const token = crypto.getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  if (folder !== undefined) {
    const saved = await signingKey.save();
    const made: KeptCredentials = {
      ...certificate,
      names,
      madeAt: now,
      token,
      signingKey: saved,
    };
    folder.write(FILE, `${JSON.stringify(made)}\n`);
  }
  return { certificate, token, signingKey };
}

/** What is not whole counts as nothing. */
function parseCredentials(text: string | undefined): KeptCredentials | undefined {
  const data = parseJson(text ?? "");
  if (!isObject(data)) return undefined;
  const { cert, key, token, signingKey, names, madeAt } = data;
  const isWhole = typeof cert === "string" && typeof key === "string" &&
    typeof token === "string" && typeof signingKey === "string" && Array.isArray(names) &&
    typeof madeAt === "number";
  return isWhole ? { cert, key, token, signingKey, names: names.map(String), madeAt } : undefined;
}
