/** Records whose bytes cannot be read, and the schemas of other writers. */
import { describe, expect, it } from "vitest";
import type { ConsumedRecord } from "../../../runtime/task/index.js";
import { contract } from "../../../schemas/index.js";
import { consumed, header } from "./records.js";
import { FAILED_AT, framed, openSample, raw, type Sample } from "./sample.js";

describe("a record that cannot be decoded", () => {
  const cases: readonly (readonly [string, (sample: Sample) => ConsumedRecord, string])[] = [
    ["a value that is not framed", () => consumed({ topic: "events", offset: 5 }), "UNDECODABLE"],
    [
      "a value with bytes too many",
      (sample) => {
        const record = framed(sample, 5);
        return { ...record, value: Buffer.concat([record.value ?? Buffer.of(), Buffer.of(0)]) };
      },
      "UNDECODABLE",
    ],
    ["a value of a schema that nobody has", (sample) => framed(sample, 5, 999), "UNDECODABLE"],
    [
      "a value of a schema that cannot be read as the contract",
      (sample) => framed(sample, 5, sample.registry.add('{"type":"record","name":"Other","fields":[]}')),
      "UNDECODABLE",
    ],
    ["no value", (sample) => ({ ...framed(sample, 5), value: null }), "UNDECODABLE"],
    ["a key that is not UTF-8", (sample) => ({ ...framed(sample, 5), key: Uint8Array.of(0x6b, 0xff) }), "BAD_KEY"],
    ["a key that is not UTF-8, and bytes", () => raw(5, "v", { key: Uint8Array.of(0x6b, 0xff) }), "BAD_KEY"],
  ];

  it.each(cases)("(%s) goes to the dead letters, and the next one is processed", async (_, make, code) => {
    const seen: number[] = [];
    const sample = await openSample({
      decider: ({ offset }) => `${seen.push(offset)}`,
      reader: ({ offset }) => `${seen.push(offset)}`,
    });
    const bad = make(sample);
    const next = { ...(bad.topic === "raw" ? raw(6, "v") : framed(sample, 6)) };
    await sample.task.process([bad, next]);
    const { outputs, outcomes, positions, records } = sample.task.checkpoint();
    expect(seen).toEqual([6]);
    expect(outputs).toMatchObject([{ topic: "refused", key: bad.key, value: bad.value }]);
    expect(outputs[0]?.headers).toEqual(
      expect.arrayContaining([header("error-code", code), header("failed-at", String(FAILED_AT))]),
    );
    expect(outcomes).toEqual([{ kind: "refused", code }, "1"]);
    expect(positions).toEqual([{ topic: bad.topic, partition: 0, offset: 7 }]);
    expect(records).toBe(2);
  });
});

describe("schemas", () => {
  it("of other writers are learned once, and the own one never", async () => {
    const sample = await openSample();
    const { task, registry } = sample;
    const otherId = registry.add(`${contract("ConversationEvent").schema}\n`);
    await task.process([framed(sample, 0), framed(sample, 1, otherId), framed(sample, 2, otherId)]);
    await task.process([framed(sample, 3, otherId)]);
    expect(registry.asked).toEqual([otherId]);
    expect(task.checkpoint().outcomes).toEqual(["decided", "decided", "decided", "decided"]);
  });

  it("that nobody has are asked for once, too", async () => {
    const sample = await openSample();
    await sample.task.process([framed(sample, 0, 999), framed(sample, 1, 999)]);
    await sample.task.process([framed(sample, 2, 999)]);
    expect(sample.registry.asked).toEqual([999]);
    expect(sample.task.checkpoint().outcomes).toHaveLength(3);
  });

  it("are not looked for in topics of bytes", async () => {
    const sample = await openSample();
    await sample.task.process([consumed({ topic: "raw", offset: 0, value: framed(sample, 0, 999).value })]);
    expect(sample.registry.asked).toEqual([]);
  });
});
