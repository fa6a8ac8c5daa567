/** Thousands of forged and damaged requests over real HTTP, with genuine ones among them: exactly those are accepted. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { SCHEMES } from "../../../ingress/webhooks/index.js";
import type { Source } from "../../../schemas/index.js";
import { announce, randomNumbers, SEED, setting } from "../../oracle/settings.js";
import { RawConnection } from "../../support/http/raw-connection.js";
import { FORGERY_KINDS, type ForgeryKind, forgery } from "./support/forgeries.js";
import { bytesOf, pickGenuine, type Webhook } from "./support/genuine.js";
import { startWebhooks, type WebhookHost } from "./support/host.js";

const COUNT = setting("FORGERIES", 2_000);
const CONNECTIONS = 4;
/** After so many forged ones comes a genuine one. */
const GENUINE_EVERY = 10;
/** A mistake shows itself in some of a kind only: it is attacked again until it does. */
const FORGERIES_FOR_A_MISTAKE = FORGERY_KINDS.length * 6;
const ATTACKS_FOR_A_MISTAKE = 30;

beforeAll(() => announce("forgeries", { FORGERIES: COUNT }));

interface Sent {
  /** Null: a genuine one. */
  readonly kind: ForgeryKind | null;
  readonly webhook: Webhook;
  readonly status: number | null;
}

/** One after the other on a connection that is kept; opened anew when the listener has closed it. */
async function send(host: WebhookHost, requests: Iterator<Omit<Sent, "status">>, sent: Sent[]): Promise<void> {
  let connection = await RawConnection.open(host.address);
  for (let next = requests.next(); next.done !== true; next = requests.next()) {
    await connection.write(bytesOf(next.value.webhook));
    const answer = await connection.answer();
    sent.push({ ...next.value, status: answer?.status ?? null });
    if (answer === null || answer.headers.connection === "close") {
      connection.close();
      connection = await RawConnection.open(host.address);
    }
  }
  connection.close();
}

function* requests(count: number, random: () => number): Generator<Omit<Sent, "status">> {
  for (let index = 0; index < count; index++) {
    const kind = FORGERY_KINDS[index % FORGERY_KINDS.length] ?? null;
    if (kind !== null) yield { kind, webhook: forgery(kind, random) };
    if (index % GENUINE_EVERY === 0) yield { kind: null, webhook: pickGenuine(random) };
  }
}

async function attack(host: WebhookHost, count: number, seed = SEED): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const shared = requests(count, randomNumbers(seed));
  await Promise.all(Array.from({ length: CONNECTIONS }, () => send(host, shared, sent)));
  return sent;
}

const isForged = ({ kind }: Sent) => kind !== null;
const isAccepted = ({ status }: Sent) => status === 202;

/** As they lie in the topic. */
const texts = (bodies: readonly (Uint8Array | null)[]) =>
  bodies.map((body) => String(body && Buffer.from(body))).toSorted();

describe("forged and damaged requests", () => {
  it("are all refused with a 4xx, and the genuine ones among them are all taken", { timeout: 600_000 }, async () => {
    const host = await startWebhooks();
    const sent = await attack(host, COUNT);
    const forged = sent.filter(isForged);
    const genuine = sent.filter((one) => !isForged(one));
    expect(forged).toHaveLength(COUNT);
    expect(new Set(forged.map(({ kind }) => kind))).toEqual(new Set(FORGERY_KINDS));
    const wrong = forged.filter(({ status }) => status === null || status < 400 || status > 499);
    expect(wrong.map(({ kind, webhook, status }) => [kind, webhook.path, webhook.headers, status])).toEqual([]);
    expect(genuine.filter((one) => !isAccepted(one))).toEqual([]);
    expect(texts(host.appended.map(({ value }) => value))).toEqual(texts(genuine.map(({ webhook }) => webhook.body)));
  });
});

/** Verifiers with a mistake that one could make. What the right one says is at hand. */
type Verify = (typeof SCHEMES)[Source]["verify"];
const text = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString("latin1");

const MISTAKES: readonly (readonly [name: string, source: Source, mistake: (right: Verify) => Verify])[] = [
  [
    "compares the beginning only",
    "kustomer",
    () => (shown, body, secrets) =>
      secrets.some((secret) => text(shown.header).startsWith(SCHEMES.kustomer.sign(body, secret).slice(0, 8))),
  ],
  [
    "compares as many characters as it is shown",
    "kustomer",
    () => (shown, body, secrets) =>
      secrets.some((secret) => SCHEMES.kustomer.sign(body, secret).startsWith(text(shown.header))),
  ],
  [
    "looks for the signature anywhere in the header",
    "kustomer",
    () => (shown, body, secrets) =>
      secrets.some((secret) => text(shown.header).includes(SCHEMES.kustomer.sign(body, secret))),
  ],
  [
    "minds no case",
    "kustomer",
    (right) => (shown, body, secrets) =>
      right({ ...shown, header: Buffer.from(text(shown.header).toLowerCase()) }, body, secrets),
  ],
  [
    "takes a request without a header",
    "kustomer",
    (right) =>
      (shown, ...rest) =>
        shown.header === null || right(shown, ...rest),
  ],
  [
    "takes what another source's secret signs",
    "belco",
    (right) => (shown, body, secrets) => right(shown, body, [...secrets, "kustomer's secret"]),
  ],
  [
    "verifies the JSON and not the bytes",
    "belco",
    () => (shown, body, secrets) => {
      try {
        const written = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(body).toString())));
        return secrets.some((secret) => SCHEMES.belco.sign(written, secret) === text(shown.header));
      } catch {
        return false;
      }
    },
  ],
  [
    "reads base64 as loosely as Node does",
    "belco",
    (right) => (shown, body, secrets) => {
      const read = Buffer.from(text(shown.header), "base64").toString("hex");
      return right({ ...shown, header: Buffer.from(read) }, body, secrets) || right(shown, body, secrets);
    },
  ],
  [
    "is content when one of two places is right",
    "rasayel",
    (right) =>
      (shown, ...rest) =>
        right({ ...shown, path: null }, ...rest) || right({ ...shown, header: null }, ...rest),
  ],
];

describe("the forgeries find a verifier that", () => {
  it.each(MISTAKES)("%s", async (_, source, mistake) => {
    const scheme = SCHEMES[source];
    const wrong = mistake(scheme.verify.bind(scheme));
    const spy = vi.spyOn(scheme, "verify").mockImplementation(wrong);
    try {
      const host = await startWebhooks();
      let taken = 0;
      for (let round = 0; round < ATTACKS_FOR_A_MISTAKE && taken === 0; round++) {
        const sent = await attack(host, FORGERIES_FOR_A_MISTAKE, SEED + round);
        taken = sent.filter((one) => isForged(one) && isAccepted(one)).length;
      }
      expect(taken).toBeGreaterThan(0);
    } finally {
      spy.mockRestore();
    }
  });
});
