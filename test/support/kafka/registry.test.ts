/** The schema registry: it keeps what is registered, and judges compatibility where it is told to. */
import { SchemaRegistry, SchemaType } from "@kafkajs/confluent-schema-registry";
import { expect, it } from "vitest";
import { describeWithKafka, uniqueTopic } from "./index.js";

describeWithKafka("the schema registry", { registry: true }, (servers) => {
  it("registers a schema and finds it again", async () => {
    const registry = new SchemaRegistry({ host: servers.registry.url });
    const subject = `${uniqueTopic("registered")}-value`;
    const schema = { type: "record", name: "Pair", fields: [{ name: "a", type: "string" }] };
    const { id } = await registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(schema) }, { subject });
    expect(await registry.getLatestSchemaId(subject)).toBe(id);
    expect(await registry.decode(await registry.encode(id, { a: "x" }))).toEqual({ a: "x" });
  });
});
