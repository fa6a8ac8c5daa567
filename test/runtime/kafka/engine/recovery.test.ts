/** What is done about each failure: every class of error that can come has its place. */
import { describe, expect, it } from "vitest";
import * as engineErrors from "../../../../runtime/kafka/engine-errors.js";
import { type Recovery, recoveryOf } from "../../../../runtime/kafka/recovery.js";
import { TopicsError } from "../../../../runtime/kafka/topics-error.js";
import * as wireErrorClasses from "../../../../runtime/kafka/wire/errors.js";
import * as wire from "../../../../runtime/kafka/wire/index.js";
import { CorruptStoreError, storageError } from "../../../../runtime/rocksdb/index.js";
import { SchemaRegistryError } from "../../../../schemas/index.js";

const PLACE = { topic: "t", partition: 0 };
const RETRY = { code: 5, name: "LEADER_NOT_AVAILABLE", recovery: "retry", refresh: "leaders" } as const;

const WIRE: Readonly<Record<string, readonly [error: Error, recovery: Recovery]>> = {
  WireError: [new wire.WireError("of no kind"), "restart"],
  ProtocolError: [new wire.ProtocolError("nonsense"), "fatal"],
  ConnectionError: [new wire.ConnectionError("broken"), "rebuild"],
  AuthenticationError: [new wire.AuthenticationError("who?"), "fatal"],
  UnsupportedBrokerError: [new wire.UnsupportedBrokerError("b", { name: "Fetch", version: 11 }, "0 to 3"), "fatal"],
  DeadlineError: [new wire.DeadlineError("waiting", 1, null), "rebuild"],
  ClosedError: [new wire.ClosedError("closed"), "restart"],
  FencedError: [new wire.FencedError("another has it"), "rebuild"],
  ReinitialiseError: [new wire.ReinitialiseError("anew"), "rebuild"],
  OutcomeUnknownError: [new wire.OutcomeUnknownError("who knows"), "rebuild"],
  RefusedError: [new wire.RefusedError("never"), "fatal"],
  RecordTooLargeError: [new wire.RecordTooLargeError(PLACE, 2, 1), "fatal"],
  PartitionError: [new wire.PartitionError(PLACE, 1, "what"), "fatal"],
  OffsetOutOfRangeError: [new wire.OffsetOutOfRangeError(PLACE, 1, 2, 3), "rebuild"],
  LogTruncatedError: [new wire.LogTruncatedError(PLACE, 2, 1), "fatal"],
  TopicRecreatedError: [new wire.TopicRecreatedError(PLACE, 1, "a", null), "fatal"],
  UnreadableBatchError: [new wire.UnreadableBatchError(PLACE, 1, "damaged"), "fatal"],
};

const ENGINE: Readonly<Record<string, Recovery>> = {
  EngineError: "fatal",
  PositionConflictError: "fatal",
  InputExpiredError: "fatal",
  InputLostError: "fatal",
  UnknownChangelogError: "fatal",
  ProcessingError: "fatal",
  StalledError: "restart",
  GaveUpError: "fatal",
};

/** The classes of errors that a module has. */
function errorClasses(module: object): string[] {
  return Object.entries(module)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error)
    .map(([name]) => name);
}

describe("an error of the brokers", () => {
  it("of any class is among these", () => {
    expect(errorClasses(wireErrorClasses).toSorted()).toEqual(Object.keys(WIRE).toSorted());
  });

  it.each(Object.entries(WIRE))("%s", (_, [error, recovery]) => {
    expect(recoveryOf(error)).toBe(recovery);
  });

  it("that a retry may cure, which was not cured in time", () => {
    expect(recoveryOf(new wire.RetriableError("no leader", RETRY))).toBe("rebuild");
  });
});

describe("an error of the engine", () => {
  it("of any class is among these", () => {
    expect(errorClasses(engineErrors).toSorted()).toEqual(Object.keys(ENGINE).toSorted());
  });

  it.each(Object.entries(ENGINE))("%s: %s", (name, recovery) => {
    const kind = Object.entries(engineErrors).find(([exported]) => exported === name)?.[1];
    const error = Object.create(kind?.prototype ?? null, { message: { value: "what happened" } });
    expect(recoveryOf(error)).toBe(recovery);
  });
});

describe("any other error", () => {
  it("of the disk is fatal, but for damage: what is damaged is in the changelogs", () => {
    expect(recoveryOf(storageError(new Error("No space left on device"), "/data"))).toBe("fatal");
    expect(recoveryOf(new CorruptStoreError("/data", "checksum"))).toBe("wipe");
  });

  it("of topics or the registry is fatal", () => {
    expect(recoveryOf(new TopicsError(["topic t is not there"]))).toBe("fatal");
    expect(recoveryOf(new SchemaRegistryError("no"))).toBe("fatal");
  });

  it("is a defect, and fatal", () => {
    for (const defect of [new Error("a defect"), new TypeError("undefined"), "text", undefined])
      expect(recoveryOf(defect)).toBe("fatal");
  });
});
