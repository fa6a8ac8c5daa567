/** The table of error codes against Kafka's own list, and what a code becomes. */
import { describe, expect, it } from "vitest";
import { brokerError, ERROR_CODES, errorCode, RetriableError } from "../../../../runtime/kafka/wire/error-codes.js";
import { FencedError, RefusedError, ReinitialiseError } from "../../../../runtime/kafka/wire/errors.js";
import { describeWithKafka, kafkaTool } from "../../../support/kafka/index.js";

/** Where a retry helps here though Java's client has no use for one, or calls it something else. */
const RETRIED_HERE_ONLY = new Map([
  ["BROKER_NOT_AVAILABLE", "the leader has moved, or will"],
  ["TRANSACTION_COORDINATOR_FENCED", "the coordinator is another one by now"],
  ["OPERATION_NOT_ATTEMPTED", "another partition of the same request failed"],
  ["NEW_LEADER_ELECTED", "the leader has moved"],
  ["REBOOTSTRAP_REQUIRED", "the metadata are asked for anew"],
]);

describeWithKafka("the table of error codes", { kafka: "shared" }, () => {
  it("has every error of Kafka by its name, and retries what Kafka calls retriable", async () => {
    const { stdout } = await kafkaTool("org.apache.kafka.common.protocol.Errors", []);
    const rows = stdout
      .replaceAll("\n", "")
      .split("<tr>")
      .flatMap((row) => {
        const match = /^\s*([A-Z_]+)\s+(-?\d+)\s+(True|False)/.exec(row.replaceAll(/<[^>]*>/g, " "));
        return match === null ? [] : [{ name: match[1] ?? "", code: Number(match[2]), retriable: match[3] === "True" }];
      });
    expect(rows.length).toBeGreaterThan(130);
    for (const { name, code, retriable } of rows) {
      if (code === 0) continue;
      const known = ERROR_CODES.get(code);
      expect(known?.name).toBe(name);
      expect([name, known?.recovery === "retry"]).toEqual([name, retriable || RETRIED_HERE_ONLY.has(name)]);
    }
  });
});

describe("an error code", () => {
  it("becomes the error that names the recovery, with what was done and what the broker says", () => {
    expect(brokerError("x", 6)).toBeInstanceOf(RetriableError);
    expect(brokerError("x", 45)).toBeInstanceOf(ReinitialiseError);
    expect(brokerError("x", 47)).toBeInstanceOf(FencedError);
    expect(brokerError("writing to t-0", 10, "too long").message).toBe(
      "writing to t-0: the broker says MESSAGE_TOO_LARGE (10): too long",
    );
  });

  it("K16: of a fenced writer or member is a lost task, not the end", () => {
    for (const code of [22, 25, 47, 90]) expect(brokerError("x", code)).toBeInstanceOf(FencedError);
  });

  it("that is not known is fatal and keeps its number", () => {
    expect(errorCode(4711)).toMatchObject({ name: "error code 4711", recovery: "fatal" });
    expect(brokerError("x", 4711)).toBeInstanceOf(RefusedError);
  });
});
