/** The settings of the webhooks: their secrets, their bounds, and how the listener is reached. */
import { isIP } from "node:net";
import { z } from "zod";
import { type SettingSpec, switchedOn, wholeNumber } from "./spec.js";

const MAX_SECRETS = 3;
const SECRETS_EXPECTED = `expected one to ${MAX_SECRETS} secrets with commas between them, none of them empty`;

/** In a file also as a list. What is wrong is said without the text. */
const secretsSchema = z
  .union(
    [z.string().transform((list) => list.split(",").map((one) => one.trim())), z.array(z.string())],
    SECRETS_EXPECTED,
  )
  .refine((secrets) => secrets.length >= 1 && secrets.length <= MAX_SECRETS, SECRETS_EXPECTED)
  .refine((secrets) => secrets.every((secret) => secret.trim() !== ""), SECRETS_EXPECTED)
  .nullable();

const path = z.string().min(1, "expected a path").nullable();

function secrets(flag: string, name: string, use: string) {
  return {
    flag,
    placeholder: "TEXT,…",
    help: `${use} One to three, all accepted, so that a new one can be brought in before the old one goes; better given as the variable or a file. Without any, ${name}'s webhooks answer 404.`,
    schema: secretsSchema,
    defaultValue: null,
    secret: true,
  } as const;
}

function secretsFile(flag: string, name: string) {
  return {
    flag,
    placeholder: "FILE",
    help: `The same for ${name}, a secret per line.`,
    schema: path,
    defaultValue: null,
  } as const;
}

export const WEBHOOK_SETTINGS = {
  kustomerSecrets: secrets("kustomer-secrets", "Kustomer", "What Kustomer signs its webhooks with."),
  kustomerSecretsFile: secretsFile("kustomer-secrets-file", "Kustomer"),
  rasayelSecrets: secrets(
    "rasayel-secrets",
    "Rasayel",
    "Rasayel signs nothing: what its requests carry in the header x-queue-ratchet-secret or at the end of the path.",
  ),
  rasayelSecretsFile: secretsFile("rasayel-secrets-file", "Rasayel"),
  belcoSecrets: secrets("belco-secrets", "Belco", "What Belco signs its webhooks with."),
  belcoSecretsFile: secretsFile("belco-secrets-file", "Belco"),
  insecureLoopback: {
    flag: "insecure-loopback",
    placeholder: null,
    help: "Takes webhooks of sources without a secret, unsigned. For trying it out: refused unless the listener is on 127.0.0.1.",
    schema: switchedOn(),
    defaultValue: false,
  },
  maxBodyBytes: {
    flag: "max-body-bytes",
    placeholder: "N",
    help: "The largest body of a webhook.",
    schema: wholeNumber(1_024, 2_097_152),
    defaultValue: 1_048_576,
  },
  maxQueuedMb: {
    flag: "max-queued-mb",
    placeholder: "N",
    help: "Memory for bodies of webhooks that are being received or not durable yet (MiB); beyond it the answer is 503 with Retry-After.",
    schema: wholeNumber(1, 100_000),
    defaultValue: 64,
  },
  tlsCertFile: {
    flag: "tls-cert-file",
    placeholder: "FILE",
    help: "The certificate of the HTTP endpoints (PEM), which then speak TLS; the metrics do not.",
    schema: path,
    defaultValue: null,
  },
  tlsKeyFile: {
    flag: "tls-key-file",
    placeholder: "FILE",
    help: "The key of that certificate (PEM, not encrypted).",
    schema: path,
    defaultValue: null,
  },
  trustProxy: {
    flag: "trust-proxy",
    placeholder: "ADDRESS,…",
    help: "Proxies in front of the service (addresses or CIDR ranges) whose X-Forwarded-For is believed when a rejected request's origin is logged. Without it, none is.",
    schema: z
      .union(
        [z.string().transform((list) => list.split(",").map((one) => one.trim())), z.array(z.string())],
        "expected addresses with commas between them",
      )
      .refine(
        (list) => list.length > 0 && list.every(isAddressOrRange),
        "expected addresses or CIDR ranges with commas between them",
      )
      .nullable(),
    defaultValue: null,
  },
} as const satisfies Record<string, SettingSpec<unknown>>;

function isAddressOrRange(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
