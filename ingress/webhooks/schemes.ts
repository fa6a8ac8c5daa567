/**
 * How each source shows that a request is its own. None of the three schemes carries a time, so an old request cannot be
 * told from a new one; sent again it is the same event, which changes nothing (decision rule, R2).
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Source } from "../../schemas/index.js";

/** What a request shows, apart from its body. */
export interface Credentials {
  /** The value of the scheme's header, as its bytes; several of one name are joined by commas. Null without it. */
  readonly header: Uint8Array | null;
  /** What stands behind the source in the path, decoded. Null without it. */
  readonly path: string | null;
}

export interface Scheme {
  readonly header: string;
  /** Whether it is known without the body. */
  readonly signsBody: boolean;
  /** Takes the same time whatever is wrong with a credential of the right length. */
  verify(credentials: Credentials, body: Uint8Array, secrets: readonly string[]): boolean;
  /** The header that makes a body pass. */
  sign(body: Uint8Array, secret: string): string;
}

const DIGEST_BYTES = 32;
const LOWERCASE_HEX = /^[0-9a-f]{64}$/;
const ANY_HEX = /^[0-9A-Fa-f]{64}$/;
/** 32 bytes: 42 whole characters, one that carries four bits, and the padding. */
const BASE64 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** Kustomer: the header carries lowercase hex HMAC-SHA256 of the raw body. */
const kustomer = hmacScheme("x-kustomer-webhook-signature", (text) =>
  LOWERCASE_HEX.test(text) ? Buffer.from(text, "hex") : null,
);

/** Belco: HMAC-SHA256 of the raw body; whether as hex or base64 is not documented: both are read. */
const belco = hmacScheme("x-hook-signature", (text) => {
  if (ANY_HEX.test(text)) return Buffer.from(text, "hex");
  return BASE64.test(text) ? Buffer.from(text, "base64") : null;
});

/** Rasayel signs nothing: the secret itself comes in a header or in the path. */
const rasayel: Scheme = {
  header: "x-queue-ratchet-secret",
  signsBody: false,
  verify({ header, path }, _, secrets) {
    const shown = [header, path === null ? null : Buffer.from(path, "utf8")].filter((one) => one !== null);
    return shown.length > 0 && shown.every((one) => isOneOf(one, secrets));
  },
  sign: (_, secret) => Buffer.from(secret, "utf8").toString("latin1"),
};

export const SCHEMES: Readonly<Record<Source, Scheme>> = { kustomer, rasayel, belco };

function hmacScheme(header: string, digestOf: (text: string) => Uint8Array | null): Scheme {
  return {
    header,
    signsBody: true,
    verify(credentials, body, secrets) {
      const shown = credentials.header === null ? null : digestOf(Buffer.from(credentials.header).toString("latin1"));
      if (shown === null || shown.length !== DIGEST_BYTES) return false;
      // Every secret is tried: how long it takes does not tell which one fits.
      return secrets.map((secret) => timingSafeEqual(hmac(body, secret), shown)).includes(true);
    },
    sign: (body, secret) => hmac(body, secret).toString("hex"),
  };
}

function hmac(body: Uint8Array, secret: string): Buffer {
  return createHmac("sha256", secret).update(body).digest();
}

/** Digests are compared: they have one length, whatever the secrets' lengths are. */
function isOneOf(shown: Uint8Array, secrets: readonly string[]): boolean {
  const digest = createHmac("sha256", COMPARISON_KEY).update(shown).digest();
  return secrets
    .map((secret) => timingSafeEqual(createHmac("sha256", COMPARISON_KEY).update(secret, "utf8").digest(), digest))
    .includes(true);
}

/** Any key does: both sides of the comparison are made with it. */
const COMPARISON_KEY = "queue-ratchet";
