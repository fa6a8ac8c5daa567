/** The parts of the dead letters that need no engine. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originalHeaders } from "../../../runtime/dead-letters/headers.js";
import {
  DeadLetters,
  formatPlace,
  type LetterTopics,
  parsePlace,
  UnknownLetterError,
} from "../../../runtime/dead-letters/index.js";
import { letterHead } from "../../../runtime/dead-letters/letter.js";
import { OffsetSet } from "../../../runtime/dead-letters/offset-set.js";
import { pagesOf } from "../../../runtime/queries/index.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { deadLetter } from "../../../runtime/task/dead-letter.js";
import { type ConsumedRecord, encodeText, type ProducedRecord } from "../../../runtime/task/index.js";
import { ADDED_HEADERS } from "./contract.js";
import { listOf, resend } from "./steps.js";

const REFUSAL = { code: "BAD_VALUE", path: "a", message: "no" } as const;
const KEY = encodeText("kustomer:t:c");
const PARTITIONS = 4;
const HOME = partitionFor(KEY, PARTITIONS);

function record(topic: string, partition: number, offset: number, headers: [string, string][] = []): ConsumedRecord {
  const encoded = headers.map(([key, value]) => ({ key, value: encodeText(value) }));
  return { topic, partition, offset, timestamp: offset, key: KEY, value: encodeText("{"), headers: encoded };
}

/** The letter of a record that failed. */
function letterAt(offset: number, original: ConsumedRecord): ConsumedRecord {
  return { ...deadLetter("dead-letters", original, REFUSAL, 1_000 + offset), partition: 0, offset };
}

/** Topics in memory, two records to a page; and what was read of them. */
class FakeTopics implements LetterTopics {
  readonly reads: string[] = [];
  readonly appended: ProducedRecord[][] = [];
  private readonly records = new Map<string, ConsumedRecord[]>();
  private readonly starts = new Map<string, number>();

  add(...records: ConsumedRecord[]): this {
    for (const one of records) {
      const place = `${one.topic}-${one.partition}`;
      this.records.set(place, [...(this.records.get(place) ?? []), one]);
    }
    return this;
  }

  /** Retention. */
  removeBefore(place: string, offset: number): void {
    this.starts.set(place, offset);
  }

  get log() {
    const start = (topic: string, partition: number) => this.starts.get(`${topic}-${partition}`) ?? 0;
    const all = (topic: string, partition: number) => this.records.get(`${topic}-${partition}`) ?? [];
    return {
      startOffset: async (topic: string, partition: number) => start(topic, partition),
      endOffset: async (topic: string, partition: number) => (all(topic, partition).at(-1)?.offset ?? -1) + 1,
      read: async (topic: string, partition: number, fromOffset: number) => {
        if (fromOffset < start(topic, partition)) throw new Error("out of range");
        this.reads.push(`${topic}-${partition}@${fromOffset}`);
        const records = all(topic, partition)
          .filter(({ offset }) => offset >= fromOffset)
          .slice(0, 2);
        return { records, nextOffset: (records.at(-1)?.offset ?? fromOffset) + 1 };
      },
    };
  }

  partitionsOf = () => PARTITIONS;

  async append(records: readonly ProducedRecord[]): Promise<void> {
    this.appended.push([...records]);
  }
}

function lettersOf(topics: FakeTopics): DeadLetters {
  return new DeadLetters(topics, { topicPrefix: "", applicationId: "a" });
}

describe("a place", () => {
  it("is written as it is read", () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), fc.nat(999_999_999_999_999), (partition, offset) => {
        expect(parsePlace(formatPlace({ partition, offset }))).toEqual({ partition, offset });
      }),
    );
  });

  it.each(["", "1", "1:", ":1", "-1:0", "0:1:2", "0: 1", "a:1", "0:1e3", "0:9999999999999999"])("is not %j", (text) => {
    expect(parsePlace(text)).toBeNull();
  });
});

describe("the headers of a letter", () => {
  const own = [
    { key: "original-topic", value: encodeText("elsewhere") },
    { key: "source", value: null },
    { key: "error-code", value: Uint8Array.of(0xff) },
  ];

  it("are those of the contract, behind the record's own", () => {
    const { headers } = deadLetter("d", { ...record("raw-events", 1, 2), headers: own }, REFUSAL, 3);
    expect(headers.slice(own.length).map(({ key }) => key)).toEqual(ADDED_HEADERS);
    expect(originalHeaders(headers)).toEqual(own);
  });

  it("lose the place of an earlier letter, but nothing else of that name", () => {
    const named = ["0:7", "theirs", ""].map((text) => ({ key: "dead-letter", value: encodeText(text) }));
    expect(originalHeaders(named)).toEqual(named.slice(1));
  });

  it("may be missing, wrong or without end: others write letters too", () => {
    const headers: [string, string][] = [
      ["original-topic", "t"],
      ["original-partition", "one"],
      ["original-offset", "1"],
      ["failed-at", "yesterday"],
      ["error-message", "x".repeat(100_000)],
    ];
    const head = letterHead(record("dead-letters", 0, 5, headers));
    expect(head).toMatchObject({ original: null, failedAtMs: null, code: null });
    expect(head.message?.length).toBe(1_000);
  });
});

describe("a set of offsets", () => {
  it("has what was added, and nothing else", () => {
    const offsets = fc.array(fc.oneof(fc.nat(20_000), fc.nat({ max: 2 ** 31 - 1 })));
    fc.assert(
      fc.property(offsets, offsets, (added, asked) => {
        const set = new OffsetSet();
        for (const offset of added) set.add(offset);
        for (const offset of [...added, ...asked]) expect(set.has(offset)).toBe(added.includes(offset));
      }),
    );
  });
});

describe("a list from a time on", () => {
  it("begins with what failed at that time, and leaves out what does not say when", async () => {
    const untimed = { ...record("dead-letters", 0, 2, [["error-code", "BAD_VALUE"]]) };
    const letters = [0, 1].map((offset) => letterAt(offset, record("raw-events", HOME, offset)));
    const topics = new FakeTopics().add(...letters, untimed);
    const from = async (sinceMs: number) =>
      (await listOf(lettersOf(topics), { sinceMs })).letters.map(({ place }) => place);
    expect([await from(1_000), await from(1_001), await from(1_002)]).toEqual([["0:0", "0:1"], ["0:1"], []]);
  });
});

describe("pages", () => {
  it("go on where the topic begins, when retention was faster", async () => {
    const topics = new FakeTopics().add(...[0, 1, 2, 3, 4, 5, 6].map((offset) => record("t", 0, offset)));
    const found: number[] = [];
    for await (const page of pagesOf(topics.log, { topic: "t", partition: 0, fromOffset: 0, toOffset: 6 })) {
      found.push(...page.map(({ offset }) => offset));
      topics.removeBefore("t-0", 5);
    }
    expect(found).toEqual([0, 1, 5]);
  });

  it("fail with what the log fails with", async () => {
    const failing = {
      ...new FakeTopics().log,
      endOffset: async () => 1,
      read: () => Promise.reject(new Error("disk")),
    };
    const pages = pagesOf(failing, { topic: "t", partition: 0, fromOffset: 0, toOffset: 1 });
    await expect(pages.next()).rejects.toThrow("disk");
  });
});

describe("the search for what was sent before", () => {
  const failed = record("raw-events", HOME, 6);
  const others = Array.from({ length: 10 }, (_, offset) => record("raw-events", HOME, offset));
  const rawReads = ({ reads }: FakeTopics) => reads.filter((read) => read.startsWith("raw-events"));

  it("begins behind the record that failed, in the partition of its key", async () => {
    const topics = new FakeTopics().add(...others, letterAt(0, failed));
    await resend(lettersOf(topics), ["0:0"]);
    expect(rawReads(topics)).toEqual([7, 9].map((offset) => `raw-events-${HOME}@${offset}`));
  });

  it("begins at the beginning, where the record failed in another partition than its key's", async () => {
    const elsewhere = record("raw-events", (HOME + 1) % PARTITIONS, 6);
    const topics = new FakeTopics().add(...others, letterAt(0, elsewhere));
    await resend(lettersOf(topics), ["0:0"]);
    expect(rawReads(topics)[0]).toBe(`raw-events-${HOME}@0`);
  });

  it("begins at the beginning of a topic that was made anew since", async () => {
    const sent = record("raw-events", HOME, 1, [["dead-letter", "0:0"]]);
    const topics = new FakeTopics().add(record("raw-events", HOME, 0), sent, letterAt(0, failed));
    expect(await resend(lettersOf(topics), ["0:0"])).toMatchObject([{ outcome: "sent-before" }]);
  });

  it("reads a partition once for any number of letters, and no other one", async () => {
    const letters = [6, 3, 8].map((offset, index) => letterAt(index, record("raw-events", HOME, offset)));
    const topics = new FakeTopics().add(...others, ...letters);
    await resend(lettersOf(topics), null);
    expect(rawReads(topics)).toEqual([4, 6, 8].map((offset) => `raw-events-${HOME}@${offset}`));
  });

  it("reads nothing of the inputs for a list of nothing", async () => {
    const topics = new FakeTopics().add(...others, letterAt(0, failed));
    await listOf(lettersOf(topics), { code: "OTHER" });
    expect(rawReads(topics)).toEqual([]);
  });

  it("goes by no header that names another partition than letters have", async () => {
    const named = record("raw-events", HOME, 7, [["dead-letter", "1:0"]]);
    const again = record("raw-events", HOME, 8, [["dead-letter", "2:0"]]);
    const topics = new FakeTopics().add(...others.slice(0, 7), named, letterAt(0, failed), letterAt(1, again));
    expect((await listOf(lettersOf(topics))).letters[0]).toMatchObject({ sentAs: null, failedAgainAs: null });
    expect(await resend(lettersOf(topics), ["0:0"], { dryRun: true })).toMatchObject([{ outcome: "would-send" }]);
  });

  it("takes a letter for sent that failed again, though its record is gone", async () => {
    const again = { ...record("raw-events", HOME, 12, [["dead-letter", "0:0"]]) };
    const topics = new FakeTopics().add(letterAt(0, failed), letterAt(1, again));
    expect(await resend(lettersOf(topics), ["0:0"])).toMatchObject([{ outcome: "sent-before" }]);
    const { letters } = await listOf(lettersOf(topics), { code: "BAD_VALUE" });
    expect(letters).toMatchObject([
      { place: "0:0", sentAs: null, failedAgainAs: "0:1" },
      { place: "0:1", earlierPlace: "0:0" },
    ]);
  });
});

describe("many letters", () => {
  const COUNT = 1_201;
  const letters = Array.from({ length: COUNT }, (_, offset) => letterAt(offset, record("raw-events", HOME, offset)));

  it("are appended page by page, each once, and in their order", async () => {
    const topics = new FakeTopics().add(...letters);
    const outcomes = await resend(lettersOf(topics), null);
    expect(outcomes).toHaveLength(COUNT);
    expect(Math.max(...topics.appended.map(({ length }) => length))).toBeLessThanOrEqual(500);
    expect(topics.appended.flat().map(({ timestamp }) => timestamp)).toEqual(letters.map(({ offset }) => offset));
  });

  it("that are made while others are sent are not sent: that would have no end", async () => {
    const topics = new FakeTopics().add(...letters.slice(0, 3));
    let next = 3;
    // Each fails again at once.
    topics.append = async (sent) => {
      for (const one of sent) {
        topics.add(letterAt(next, { ...one, partition: HOME, offset: next }));
        next += 1;
      }
    };
    expect(await resend(lettersOf(topics), null)).toHaveLength(3);
    expect(await resend(lettersOf(topics), null, { dryRun: true })).toMatchObject([
      ...Array(3).fill({ outcome: "sent-before" }),
      ...Array(3).fill({ outcome: "would-send" }),
    ]);
  });

  it("that are made while it is searched are not sent: what was sent of them is not known", async () => {
    const topics = new FakeTopics().add(...letters.slice(0, 2));
    const request = { places: null, filter: {}, dryRun: false, again: false };
    const places: string[] = [];
    for await (const step of lettersOf(topics).resend(request)) {
      if (step.kind === "read") topics.add(...letters.slice(2, 3));
      if (step.kind === "letter") places.push(step.place);
    }
    expect(places).toEqual(["0:0", "0:1"]);
  });

  it("are told of as sent when they are durable, and not before", async () => {
    const topics = new FakeTopics().add(...letters.slice(0, 3));
    topics.append = () => Promise.reject(new Error("no brokers"));
    const told: string[] = [];
    const request = { places: null, filter: {}, dryRun: false, again: false };
    const sending = async () => {
      for await (const step of lettersOf(topics).resend(request)) told.push(step.kind);
    };
    await expect(sending()).rejects.toThrow("no brokers");
    expect(told).not.toContain("letter");
  });

  it("have codes of which only so many are counted one by one", async () => {
    const coded = letters.slice(0, 150).map((letter, index) => ({
      ...letter,
      headers: [{ key: "error-code", value: encodeText(`C${index}`) }],
    }));
    const { end } = await listOf(lettersOf(new FakeTopics().add(...coded)), { limit: 1 });
    expect(end.codes).toHaveLength(101);
    expect(end.codes[0]).toEqual({ code: "(other)", letters: 50 });
  });

  it("that are named and not there are all told", async () => {
    const sending = resend(lettersOf(new FakeTopics().add(...letters.slice(0, 2))), ["0:1", "0:2", "3:0"]);
    await expect(sending).rejects.toThrow(new UnknownLetterError(["0:2", "3:0"]));
  });
});
