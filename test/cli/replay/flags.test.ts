/** The flags of `replay`, without the program around them. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../cli/errors.js";
import { type ReplayFlags, requestOf } from "../../../cli/replay/flags.js";

const NAMES = { applicationId: "app", topicPrefix: "p." };
const BEGINNING = { fromBeginning: true };

describe("what is asked for", () => {
  it("prints to standard output; a comparison prints only what it finds", () => {
    expect(requestOf(BEGINNING, NAMES)).toMatchObject({
      input: "joined",
      from: { kind: "beginning" },
      to: { kind: "end" },
      sink: { kind: "stdout" },
    });
    expect(requestOf({ ...BEGINNING, compare: true }, NAMES)).toMatchObject({ sink: { kind: "none" }, compare: true });
  });

  it("names topics with their prefix or without", () => {
    const fromOffset = ["p.conversation-events:3:12", "work-item-events:0:7"];
    expect(requestOf({ fromOffset }, NAMES).from).toEqual({
      kind: "offsets",
      offsets: [
        { topic: "p.conversation-events", partition: 3, offset: 12 },
        { topic: "p.work-item-events", partition: 0, offset: 7 },
      ],
    });
  });

  it("has an id that sorts by time, and another one each time", () => {
    const [one, other] = [requestOf(BEGINNING, NAMES), requestOf(BEGINNING, NAMES)];
    expect(one?.id).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{4}$/);
    expect(one?.id).not.toBe(other?.id);
  });
});

describe("wrong use names the flag", () => {
  it.each<[ReplayFlags, string]>([
    [{}, "--from-beginning, --from-offset or --from-timestamp"],
    [{ ...BEGINNING, fromTimestamp: "2026-01-01" }, "--from-beginning and --from-timestamp"],
    [{ ...BEGINNING, toOffset: [], toTimestamp: "2026-01-01" }, "--to-offset and --to-timestamp"],
    [{ fromOffset: ["conversation-events:0"] }, "--from-offset: bad value"],
    [{ ...BEGINNING, toOffset: ["conversation-events:0:-1"] }, "--to-offset: bad value"],
    [{ fromTimestamp: "yesterday" }, "--from-timestamp: bad value"],
    [{ ...BEGINNING, toTimestamp: "2026-01-01T10:00:00" }, "--to-timestamp: bad value"],
    [{ ...BEGINNING, input: "both" }, "--input: bad value"],
    [{ ...BEGINNING, sink: "queue" }, "--sink: bad value"],
    [{ ...BEGINNING, sink: "topic:" }, "--sink: bad value"],
    [{ ...BEGINNING, sink: "topic:a b" }, "--sink: bad value"],
    [{ ...BEGINNING, sink: "topic:p.queue-assignments" }, "a live topic"],
    [{ ...BEGINNING, sink: "topic:raw-events" }, "a live topic"],
    [{ ...BEGINNING, sink: "topic:p.app-assignment-store-changelog" }, "a live topic"],
    [{ ...BEGINNING, sink: "topic:other-assignment-store-changelog" }, "a live topic"],
    [{ ...BEGINNING, sink: "topic:__consumer_offsets" }, "a live topic"],
    [{ ...BEGINNING, compare: true, sink: "stdout" }, "--sink stdout and --compare"],
    [{ ...BEGINNING, compare: true, toTimestamp: "2026-01-01" }, "--compare: not with --to-timestamp"],
    [{ ...BEGINNING, id: "../up" }, "--id: bad value"],
    [{ ...BEGINNING, json: true }, "--json"],
  ])("%j: %s", (flags, named) => {
    expect(() => requestOf(flags, NAMES)).toThrow(UsageError);
    expect(() => requestOf(flags, NAMES)).toThrow(named);
  });
});
