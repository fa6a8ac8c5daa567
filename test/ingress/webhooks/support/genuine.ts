/** Webhooks as their sources send them: real bodies, signed with the secrets of these tests. */
import { readFileSync } from "node:fs";
import { SCHEMES } from "../../../../ingress/webhooks/index.js";
import { SOURCES, type Source } from "../../../../schemas/index.js";
import { type HeaderLines, rawPost } from "../../../support/http/raw-connection.js";
import { BELCO, INCIDENT, RASAYEL } from "../../../support/program.js";

export const SECRETS = {
  kustomer: ["kustomer's secret", "the one before"],
  rasayel: ["rasayel's secret"],
  belco: ["belco's secret"],
} as const satisfies Record<Source, readonly string[]>;

export interface Webhook {
  readonly source: Source;
  readonly path: string;
  readonly headers: HeaderLines;
  readonly body: Buffer;
}

const lines = (file: string) => readFileSync(file, "utf8").split("\n").filter(Boolean);

/** What a webhook carries: of log lines, the event in their envelope. The audit line never comes as a webhook. */
export const BODIES: Readonly<Record<Source, readonly Buffer[]>> = {
  kustomer: lines(INCIDENT)
    .map((line) => JSON.parse(line))
    .filter(({ name }) => name === "event")
    .map(({ body }) => Buffer.from(JSON.stringify(body.body))),
  rasayel: [readFileSync(RASAYEL)],
  belco: lines(BELCO).map((line) => Buffer.from(line)),
};

export const JSON_TYPE = ["content-type", "application/json"] as const;

export function genuine(source: Source, body: Buffer, secret: string = SECRETS[source][0]): Webhook {
  const { header, sign } = SCHEMES[source];
  return { source, path: `/webhooks/${source}`, headers: [JSON_TYPE, [header, sign(body, secret)]], body };
}

export function pickGenuine(random: () => number): Webhook {
  const source = pick(SOURCES, random);
  return genuine(source, pick(BODIES[source], random), pick(SECRETS[source], random));
}

export function bytesOf({ path, headers, body }: Webhook): Buffer {
  return rawPost(path, headers, body);
}

/** @throws Error for an empty list */
export function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
