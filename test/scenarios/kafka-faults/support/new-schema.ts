/** A producer of other make, which has registered its schema by itself: the same fields, and an id that the service does not know. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { conversation } from "../../../oracle/build.js";
import type { Servers } from "../../../support/kafka/index.js";
import type { Deployment } from "./deployment.js";

const SCHEMA = new URL("../../../../schemas/conversation-event.avsc", import.meta.url);
const WIRE_MAGIC = 0;
const HEADER_BYTES = 5;

/** Sends an event that sets a queue. @returns the key of its conversation, of which there is nothing else */
export async function sendWithNewSchema(
  { registry, independentClient }: Pick<Servers, "registry" | "independentClient">,
  { topics }: Deployment,
): Promise<string> {
  const schema = z.looseObject({ doc: z.string() }).parse(JSON.parse(readFileSync(SCHEMA, "utf8")));
  const own = { ...schema, doc: `${schema.doc} As another producer registers it.` };
  const id = await register(registry.url, `${topics.conversation}-value`, own);
  const { event } = conversation({
    conversationId: "of-another-producer",
    eventId: "of-another-producer-1",
    revision: 1,
    queueChange: { target: { type: "QUEUE", id: "q" } },
  });
  const body = await independentClient.avroEncode(own, event);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(WIRE_MAGIC);
  header.writeInt32BE(id, 1);
  const key = [event.source, event.tenant, event.conversationId].join(":");
  const value = Buffer.concat([header, body]);
  // A Java client's partitions.
  const config = { partitioner: "murmur2_random" };
  await independentClient.produce({ topic: topics.conversation, config, records: [{ key, value }] });
  return key;
}

async function register(url: string, subject: string, schema: object): Promise<number> {
  const answer = await fetch(`${url}/subjects/${subject}/versions`, {
    method: "POST",
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  return z.object({ id: z.number() }).parse(await answer.json()).id;
}
