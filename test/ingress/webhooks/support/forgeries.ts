/** Requests that no source has sent: one generator for each way to forge or damage a genuine one. */
import { createHash, createHmac } from "node:crypto";
import { SCHEMES } from "../../../../ingress/webhooks/index.js";
import { SOURCES, type Source } from "../../../../schemas/index.js";
import { BODIES, genuine, JSON_TYPE, pick, SECRETS, type Webhook } from "./genuine.js";

type Random = () => number;
/** Null when the way is not one for the source. */
type Forge = (webhook: Webhook, random: Random) => Webhook | null;

const HEX = "0123456789abcdef";
const below = (limit: number, random: Random) => Math.floor(random() * limit);
const isSigned = ({ source }: Webhook) => SCHEMES[source].signsBody;
const shown = ({ headers }: Webhook) => headers[1]?.[1] ?? "";

/** With other values of the header that shows where it comes from. */
function showing(webhook: Webhook, ...values: readonly string[]): Webhook {
  const { header } = SCHEMES[webhook.source];
  return { ...webhook, headers: [JSON_TYPE, ...values.map((value) => [header, value] as const)] };
}

const onlySigned =
  (forge: (webhook: Webhook, random: Random) => Webhook): Forge =>
  (webhook, random) =>
    isSigned(webhook) ? forge(webhook, random) : null;

/** With the digest that another algorithm makes of body and secret. */
const digested = (digest: (body: Buffer, secret: string) => Buffer) =>
  onlySigned((webhook) => {
    const value = digest(webhook.body, SECRETS[webhook.source][0]);
    return showing(webhook, value.toString("hex"));
  });

const hmac = (algorithm: string) => digested((body, secret) => createHmac(algorithm, secret).update(body).digest());

const withBody = (change: (body: Buffer, random: Random) => Buffer) =>
  onlySigned((webhook, random) => ({ ...webhook, body: change(webhook.body, random) }));

function otherCharacter(text: string, at: number): string {
  const now = text[at] ?? "";
  const other = HEX[(HEX.indexOf(now.toLowerCase()) + 1) % HEX.length] ?? "";
  return text.slice(0, at) + other + text.slice(at + 1);
}

const flipBit = (body: Buffer, random: Random) => {
  const damaged = Buffer.from(body);
  const at = below(body.length, random);
  damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << below(8, random)), at);
  return damaged;
};

const otherSource = (source: Source, random: Random) =>
  pick(
    SOURCES.filter((other) => other !== source),
    random,
  );

export const FORGERIES = {
  "a bit of the body flipped": withBody(flipBit),
  "the body cut short": withBody((body, random) => body.subarray(0, below(body.length, random))),
  "something behind the body": withBody((body, random) =>
    Buffer.concat([body, Buffer.from(pick([" ", "\n", "\0", "{}"], random))]),
  ),
  "the body of another request": withBody((body) =>
    Buffer.from(
      body
        .toString()
        .replace(/"(createdAt|date)":"2/, '"$1":"3')
        .replace(/^/, " "),
    ),
  ),
  "the body written anew": withBody((body) => Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1))),
  "one character of the credential changed": (webhook, random) =>
    showing(webhook, otherCharacter(shown(webhook), below(shown(webhook).length, random))),
  "only the beginning right": (webhook, random) => {
    const text = shown(webhook);
    const kept = 1 + below(text.length - 1, random);
    const rest = Array.from({ length: text.length - kept }, () => pick([...HEX], random)).join("");
    const forged = text.slice(0, kept) + rest;
    return showing(webhook, forged === text ? otherCharacter(text, text.length - 1) : forged);
  },
  "only the end right": (webhook, random) => {
    const text = shown(webhook);
    return showing(webhook, otherCharacter(text, 0).slice(0, 1 + below(3, random)) + text.slice(1 + below(3, random)));
  },
  "a random credential": (webhook, random) =>
    showing(webhook, Array.from(shown(webhook), () => pick([...HEX], random)).join("")),
  "cut short": (webhook, random) =>
    showing(webhook, shown(webhook).slice(0, 1 + below(shown(webhook).length - 1, random))),
  "longer than it is": (webhook, random) =>
    showing(webhook, shown(webhook) + pick(["0", "00", "=", ",", "\t0", " 0", shown(webhook)], random)),
  "something in front": (webhook, random) =>
    showing(webhook, pick(["0", "0x", "sha256=", "v1=", "Bearer ", ","], random) + shown(webhook)),
  "an empty credential": (webhook) => showing(webhook, ""),
  "no credential": (webhook) => showing(webhook),
  "very long": (webhook) => showing(webhook, shown(webhook).repeat(60)),
  "two headers, the right one first": (webhook, random) =>
    showing(webhook, shown(webhook), otherCharacter(shown(webhook), below(shown(webhook).length, random))),
  "two headers, the right one last": (webhook, random) =>
    showing(webhook, otherCharacter(shown(webhook), below(shown(webhook).length, random)), shown(webhook)),
  "two headers, both right": (webhook) => showing(webhook, shown(webhook), shown(webhook)),
  "signed with a wrong secret": (webhook) => genuine(webhook.source, webhook.body, "a wrong secret"),
  "signed with almost the secret": (webhook, random) => {
    const [secret] = SECRETS[webhook.source];
    const almost = [secret.toUpperCase(), `${secret}x`, secret.slice(1), secret.slice(0, -1)];
    return genuine(webhook.source, webhook.body, pick(almost, random));
  },
  "signed with no secret": onlySigned(({ source, body }) => genuine(source, body, "")),
  "the secret of another source": (webhook, random) => {
    const [secret] = SECRETS[otherSource(webhook.source, random)];
    return genuine(webhook.source, webhook.body, secret);
  },
  "the header of another source": (webhook, random) => {
    const { header } = SCHEMES[otherSource(webhook.source, random)];
    return { ...webhook, headers: [JSON_TYPE, [header, shown(webhook)]] };
  },
  "sent to another source": (webhook, random) => ({
    ...webhook,
    path: `/webhooks/${otherSource(webhook.source, random)}`,
  }),
  "HMAC-SHA1": hmac("sha1"),
  "HMAC-SHA512": hmac("sha512"),
  "HMAC-SHA384 cut to length": digested((body, secret) =>
    createHmac("sha384", secret).update(body).digest().subarray(0, 32),
  ),
  "HMAC-SHA3": hmac("sha3-256"),
  "a plain digest": digested((body) => createHash("sha256").update(body).digest()),
  "a digest of secret and body": digested((body, secret) => createHash("sha256").update(secret).update(body).digest()),
  "secret and body exchanged": digested((body, secret) => createHmac("sha256", body).update(secret).digest()),
  "the signature of a line end more": digested((body, secret) =>
    createHmac("sha256", secret).update(body).update("\n").digest(),
  ),
  "upper case": ({ source, ...rest }) =>
    source === "kustomer" ? showing({ source, ...rest }, shown({ source, ...rest }).toUpperCase()) : null,
  "base64 where hex is due": (webhook) =>
    webhook.source === "kustomer" ? showing(webhook, Buffer.from(shown(webhook), "hex").toString("base64")) : null,
  "base64 that is not canonical": (webhook) => {
    if (webhook.source !== "belco") return null;
    const text = Buffer.from(shown(webhook), "hex").toString("base64");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const last = alphabet.indexOf(text[42] ?? "");
    return showing(webhook, `${text.slice(0, 42)}${alphabet[last + 1]}=`);
  },
  "base64 without its padding": (webhook) =>
    webhook.source === "belco" ? showing(webhook, Buffer.from(shown(webhook), "hex").toString("base64url")) : null,
  "hex of the hex": onlySigned((webhook) => showing(webhook, Buffer.from(shown(webhook)).toString("hex"))),
  "in the query": (webhook) => ({
    ...showing(webhook),
    path: `${webhook.path}?${SCHEMES[webhook.source].header}=${encodeURIComponent(shown(webhook))}`,
  }),
  "in a path that takes none": onlySigned((webhook) => ({
    ...showing(webhook),
    path: `${webhook.path}/${shown(webhook)}`,
  })),
  "a wrong secret in the path": (webhook, random) => {
    if (isSigned(webhook)) return null;
    const secret = encodeURIComponent(shown(webhook));
    const wrong = pick(
      [`${secret}x`, secret.slice(1), "%00", "..%2f", `${secret}%20`, `${secret}/`, `/${secret}`],
      random,
    );
    return { ...showing(webhook), path: `${webhook.path}/${wrong}` };
  },
  "right in one place and wrong in the other": (webhook, random) => {
    if (isSigned(webhook)) return null;
    const [right, wrong] = [encodeURIComponent(shown(webhook)), "wrong"];
    return random() < 0.5
      ? { ...webhook, path: `${webhook.path}/${wrong}` }
      : { ...showing(webhook, wrong), path: `${webhook.path}/${right}` };
  },
} as const satisfies Record<string, Forge>;

export type ForgeryKind = keyof typeof FORGERIES;
export const FORGERY_KINDS = Object.keys(FORGERIES) as readonly ForgeryKind[];

/** The kinds take turns, so that each comes. */
export function forgery(kind: ForgeryKind, random: Random): Webhook {
  for (;;) {
    const source = pick(SOURCES, random);
    const forged = FORGERIES[kind](genuine(source, pick(BODIES[source], random)), random);
    if (forged !== null) return forged;
  }
}
