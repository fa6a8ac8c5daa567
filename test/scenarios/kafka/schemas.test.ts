/** Other producers of the joined topics with an older and a newer schema, registered beside the product's own: each is read rightly. */
import avro from "avsc";
import { expect, it } from "vitest";
import { encodeText, type ProducedRecord } from "../../../runtime/task/index.js";
import {
  type ConversationEvent,
  contract,
  conversationKey,
  FRAME_HEADER_BYTES,
  writeFrameHeader,
} from "../../../schemas/index.js";
import { ConfluentSchemaRegistry } from "../../../schemas/registry/confluent.js";
import { Application } from "../../runtime/kafka/engine/support/application.js";
import { describeWithKafka } from "../../support/kafka/index.js";

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

/** The contract's schema with its fields changed. */
function otherSchema(change: (fields: readonly Field[]) => readonly Field[]): string {
  const schema = JSON.parse(contract("ConversationEvent").schema) as { readonly fields: readonly Field[] };
  return JSON.stringify({ ...schema, fields: change(schema.fields) });
}

const SCHEMAS = {
  older: otherSchema((fields) => fields.filter(({ name }) => name !== "preconditionRevision")),
  own: contract("ConversationEvent").schema,
  newer: otherSchema((fields) => [
    ...fields.slice(0, 4),
    { name: "labels", type: { type: "array", items: "string" }, default: [] },
    ...fields.slice(4),
  ]),
};

function event(revision: number, queue: string): ConversationEvent {
  return {
    ...{ source: "kustomer", tenant: "t", conversationId: "c", eventId: `e${revision}`, revision, orderedAt: null },
    ...{ queueChange: { target: { type: "QUEUE", id: queue } }, lifecycleChange: null, isSync: false },
    ...{ isDeletion: false, persisted: true, isAudit: false, client: null, occurredAt: 1_000 + revision },
    ...{ traceId: null, snapshotTarget: null, preconditionRevision: null },
  };
}

describeWithKafka(
  "a producer with another version of a contract's schema",
  { kafka: "shared", registry: true },
  (servers) => {
    it("is decided as one with the product's own, in the order of the revisions", async () => {
      const application = Application.forTest(servers, { partitions: 1 });
      const engine = await application.start();
      const registry = new ConfluentSchemaRegistry({ url: servers.registry.url });
      const topic = application.topics.conversationEvents;
      const record = async (schema: string, value: ConversationEvent, offset: number): Promise<ProducedRecord> => {
        const body = avro.Type.forSchema(JSON.parse(schema)).toBuffer({ ...value, labels: ["vip", "late"] });
        const framed = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), body]);
        writeFrameHeader(framed, await registry.register(`${topic}-value`, schema));
        const key = encodeText(conversationKey(value.source, value.tenant, value.conversationId));
        return { topic, timestamp: 1_000 + offset, key, value: framed, headers: [] };
      };
      const records = [
        await record(SCHEMAS.older, event(1, "Q1"), 0),
        await record(SCHEMAS.newer, event(3, "Q3"), 1),
        await record(SCHEMAS.own, event(2, "Q2"), 2),
      ];
      const ids = records.map(({ value }) => Buffer.from(value ?? []).readUInt32BE(1));
      expect(new Set(ids).size).toBe(3);
      await application.write(records);
      await engine.caughtUp();
      const written = await application.records();
      expect(written.filter((one) => one.topic === application.topics.deadLetters)).toEqual([]);
      const decisions = written
        .filter((one) => one.topic === application.topics.decisions)
        .map((one) => engine.codec(one.topic).decodeAs("AssignmentDecision", one.value ?? new Uint8Array()));
      expect(decisions.map(({ eventId, reason, target }) => [eventId, reason, target?.id])).toEqual([
        ["e1", "ASSIGNED", "Q1"],
        ["e3", "ASSIGNED", "Q3"],
        ["e2", "STALE_REVISION", "Q2"],
      ]);
    });
  },
);
