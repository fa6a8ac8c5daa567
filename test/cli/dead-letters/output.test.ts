/** What the commands print of dead letters: for people, for programs, and never what a terminal would obey. */
import { PassThrough } from "node:stream";
import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { listDeadLetters } from "../../../cli/dead-letters/list.js";
import { resendDeadLetters } from "../../../cli/dead-letters/resend.js";
import { letterJson, letterText } from "../../../cli/dead-letters/show.js";
import { jsonLine } from "../../../cli/output/json-line.js";
import { Progress } from "../../../cli/output/progress.js";
import { writeBytes } from "../../../cli/output/raw.js";
import { ReaderGoneError, Writer } from "../../../cli/output/writer.js";
import type {
  DeadLetterPort,
  Letter,
  ListedLetter,
  ListStep,
  ResendStep,
} from "../../../runtime/dead-letters/index.js";
import { encodeText } from "../../../runtime/task/index.js";

/** Clears the screen, moves the cursor, hides text, and turns its direction round. */
const HOSTILE = "\u001b[2J\u009b1;1H\u0007\u202e\u2028\r";
const HOSTILE_CHARACTERS = /[^\P{Cc}\n]|\p{Cf}|\u2028/u;

const LISTED: ListedLetter = {
  place: "0:3",
  failedAtMs: Date.UTC(2026, 6, 28, 9, 30),
  original: { topic: "raw-events", partition: 2, offset: 9 },
  code: "BAD_VALUE",
  message: "BAD_VALUE at data.id: no",
  sizeBytes: 1_234,
  source: "kustomer",
  earlierPlace: null,
  sentAs: null,
  failedAgainAs: null,
};
const BARE: ListedLetter = {
  ...LISTED,
  place: "0:4",
  failedAtMs: null,
  original: null,
  code: null,
  message: null,
  sizeBytes: null,
  source: null,
};
const LETTER: Letter = {
  ...LISTED,
  timestampMs: Date.UTC(2026, 6, 28),
  key: encodeText("kustomer:t:c"),
  value: encodeText('{"a":1}\n'),
  headers: [
    { key: "source", value: encodeText("kustomer") },
    { key: "odd", value: Uint8Array.of(0xff) },
    { key: "none", value: null },
  ],
};

class FakeLetters implements DeadLetterPort {
  constructor(
    private readonly listed: readonly ListStep[],
    private readonly resent: readonly ResendStep[] = [],
  ) {}

  async *list() {
    yield* this.listed;
  }

  async *resend() {
    yield* this.resent;
  }

  async letter() {
    return null;
  }
}

function output() {
  const stream = new PassThrough();
  const notes: string[] = [];
  const progress = new Progress({ write: () => undefined }, "records");
  const take = (line: string) => void notes.push(line);
  const look = { width: 160, colors: createColors(false) };
  const ports = { writer: new Writer(stream), look, progress, note: take, complain: take };
  return { ports, notes, text: () => String(stream.read() ?? "") };
}

async function printed(letters: readonly ListedLetter[], json: boolean, omitted = 0) {
  const { ports, notes, text } = output();
  const codes = letters.length === 0 ? [] : [{ code: "BAD_VALUE", letters: letters.length + omitted }];
  const steps: ListStep[] = [
    { kind: "read", records: 9 },
    ...letters.map((letter) => ({ kind: "letter", letter }) as const),
    { kind: "end", omitted, codes },
  ];
  await listDeadLetters(new FakeLetters(steps), { limit: 9 }, { json }, ports);
  return { text: text(), notes };
}

describe("a list", () => {
  it("is a table, a line for each code, and how many are not shown", async () => {
    const sent = { ...LISTED, place: "0:5", sentAs: "raw-events:2:12" };
    const failed = { ...LISTED, place: "0:6", failedAgainAs: "0:7" };
    const { text } = await printed([LISTED, BARE, sent, failed], false, 2);
    const [titles, first, bare, again, more] = text.split("\n");
    expect(titles).toMatch(/^place +failed at +was +code +message +bytes +source +again$/);
    expect(first).toMatch(
      /^0:3 +2026-07-28T09:30:00\.000Z +raw-events:2:9 +BAD_VALUE +at data\.id: no +1,234 +kustomer +-$/,
    );
    expect(bare).toMatch(/^0:4( +-){7}$/);
    expect(again).toMatch(/ sent$/);
    expect(more).toMatch(/ failed again as 0:7$/);
    expect(text).toContain("\nBAD_VALUE: 6 dead letters\n2 older dead letters not shown: --limit");
  });

  it("cuts a long message off, which JSON has whole", async () => {
    const long = { ...LISTED, message: `BAD_VALUE: ${"x".repeat(300)}` };
    const { text } = await printed([long], false);
    expect(text.match(/x/g)).toHaveLength(99);
    expect(text).toContain("\u2026");
    expect((await printed([long], true)).text).toContain("x".repeat(300));
  });

  it("says when there is nothing", async () => {
    expect((await printed([], false)).text).toBe("No dead letters.\n");
    expect(await printed([], true)).toEqual({ text: "", notes: [] });
  });

  it("is NDJSON for programs, who are told beside it what is not shown", async () => {
    const { text, notes } = await printed([{ ...LISTED, sentAs: "raw-events:2:12" }], true, 1);
    expect(JSON.parse(text)).toEqual({
      place: "0:3",
      failedAt: "2026-07-28T09:30:00.000Z",
      originalTopic: "raw-events",
      originalPartition: 2,
      originalOffset: 9,
      code: "BAD_VALUE",
      message: "BAD_VALUE at data.id: no",
      sizeBytes: 1_234,
      source: "kustomer",
      earlierPlace: null,
      sentAgain: true,
      sentAs: "raw-events:2:12",
      failedAgainAs: null,
    });
    expect(notes).toEqual([expect.stringContaining("1 older dead letter not shown")]);
  });

  it.each([true, false])("hands no command to the terminal (as JSON: %s)", async (json) => {
    const original = { topic: HOSTILE, partition: 0, offset: 0 };
    const hostile = { ...LISTED, original, code: HOSTILE, message: HOSTILE, source: HOSTILE };
    const { text } = await printed([hostile], json);
    expect(text).not.toMatch(HOSTILE_CHARACTERS);
    if (json) expect(JSON.parse(text)).toMatchObject({ source: HOSTILE, code: HOSTILE });
  });
});

describe("a letter", () => {
  it("is shown with its headers and its body", () => {
    expect(letterText(LETTER)).toBe(
      [
        "place: 0:3",
        "failed at: 2026-07-28T09:30:00.000Z",
        "was: raw-events:2:9",
        "error: BAD_VALUE at data.id: no",
        "timestamp: 2026-07-28T00:00:00.000Z",
        "key: kustomer:t:c",
        "header source: kustomer",
        "header odd: (not UTF-8, base64) /w==",
        "header none: (none)",
        "",
        '{"a":1}',
        "",
      ].join("\n"),
    );
  });

  it.each([
    [null, "(no value)\n"],
    [new Uint8Array(), "(an empty value)\n"],
    [Uint8Array.of(0x61, 0xff), "a\ufffd\n(not UTF-8: 2 bytes; --raw gives them as they are)\n"],
  ])("whose body is %j says so", (value, body) => {
    expect(letterText({ ...LETTER, value }).split("\n\n")[1]).toBe(body);
  });

  it("hands no command to the terminal, whatever part of it holds one", () => {
    const bytes = encodeText(`a${HOSTILE}\nb`);
    const letter = { ...LETTER, key: bytes, value: bytes, message: HOSTILE, headers: [{ key: HOSTILE, value: bytes }] };
    expect(letterText(letter)).not.toMatch(HOSTILE_CHARACTERS);
    expect(letterText(letter)).toMatch(/\na\\u\{1b\}\[2J.*\nb\n$/);
    const json = letterJson(letter);
    expect(json).not.toMatch(HOSTILE_CHARACTERS);
    expect(JSON.parse(json).headers[0].value).toBe(`a${HOSTILE}\nb`);
  });

  it("as JSON has key and body as base64, and headers as text where they are text", () => {
    expect(JSON.parse(letterJson(LETTER))).toMatchObject({
      place: "0:3",
      timestamp: LETTER.timestampMs,
      key: Buffer.from("kustomer:t:c").toString("base64"),
      value: Buffer.from('{"a":1}\n').toString("base64"),
      headers: [
        { name: "source", value: "kustomer" },
        { name: "odd", value: null, base64: "/w==" },
        { name: "none", value: null },
      ],
    });
  });

  it("can be written as the bytes that it is, to who still reads", async () => {
    const stream = new PassThrough();
    await writeBytes(stream, Uint8Array.of(0, 0xff, 0x1b));
    expect([...stream.read()]).toEqual([0, 0xff, 0x1b]);
    const gone = new PassThrough({
      write: (_chunk, _encoding, callback) => callback(Object.assign(new Error("gone"), { code: "EPIPE" })),
    });
    await expect(writeBytes(gone, Uint8Array.of(1))).rejects.toThrow(ReaderGoneError);
  });
});

describe("a line of JSON", () => {
  it("gives back what went in, beyond the first plane too", () => {
    const text = `a${HOSTILE}\u{e0001}\u{1f600}"\\`;
    expect(JSON.parse(jsonLine({ text }))).toEqual({ text });
    expect(jsonLine({ text })).not.toContain("\u{e0001}");
  });
});

describe("sending through again", () => {
  const steps: ResendStep[] = [
    { kind: "read", records: 3 },
    { kind: "letter", place: "0:1", outcome: "sent", topic: "raw-events", partition: 2 },
    { kind: "letter", place: "0:2", outcome: "sent-before" },
    { kind: "letter", place: "0:3", outcome: "refused", why: `it lay in ${HOSTILE}` },
    { kind: "end" },
  ];
  const some = { places: [{ partition: 0, offset: 1 }], dryRun: false, again: false };
  const all = { places: null, filter: {}, dryRun: false, again: false };

  it("of some says what became of each, and complains of those that cannot be sent", async () => {
    const { ports, notes, text } = output();
    const json = false;
    expect(await resendDeadLetters(new FakeLetters([], steps), some, { json, isStopped: false }, ports)).toBe(1);
    expect(text()).toBe(
      "0:1: sent to raw-events, partition 2\n" +
        "0:2: not sent: it was sent through again before\n" +
        "3 dead letters: 1 sent, 1 sent before, 1 cannot be sent.\n",
    );
    expect(notes).toEqual([expect.stringMatching(/^0:3: not sent: it lay in /)]);
    expect(notes.join()).not.toMatch(HOSTILE_CHARACTERS);
  });

  it("of all says how many, and that a stopped service has still to process them", async () => {
    const { ports, text } = output();
    await resendDeadLetters(new FakeLetters([], steps), all, { json: false, isStopped: true }, ports);
    expect(text()).toBe(
      "3 dead letters: 1 sent, 1 sent before, 1 cannot be sent.\n" +
        "The service is stopped: its next start processes them.\n",
    );
  });

  it("is NDJSON for programs", async () => {
    const { ports, notes, text } = output();
    await resendDeadLetters(new FakeLetters([], steps), all, { json: true, isStopped: true }, ports);
    const rows = text()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toEqual([
      { place: "0:1", outcome: "sent", topic: "raw-events", partition: 2 },
      { place: "0:2", outcome: "sent-before" },
      { place: "0:3", outcome: "refused", why: `it lay in ${HOSTILE}` },
    ]);
    expect(notes).toEqual([]);
  });
});
