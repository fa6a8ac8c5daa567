/** What can be done with dead letters in whichever engine: they keep everything, they are listed, and they are sent through again once. */
import { beforeAll, describe, expect, it } from "vitest";
import { UnknownLetterError } from "../../../runtime/dead-letters/index.js";
import { encodeText, headerText, type ProducedRecord } from "../../../runtime/task/index.js";
import { kustomerLines, TENANT } from "../../processors/sources/documents.js";
import { rawEvent } from "../product/product-run.js";
import { ADDED_HEADERS } from "./contract.js";
import { type LetterHost, recordsOf } from "./host.js";
import { listOf, resend } from "./steps.js";

/** Recent: brokers compact and remove what is old. */
const START = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
const MIB = 1024 * 1024;
/** What a body of personal data holds. */
const SECRET = "Frieda Musterfrau +49 30 1234567";
const AUDIT_LINE = kustomerLines[12] ?? "";
const KEY = encodeText("kustomer:t:c");

function header(key: string, value: string | null) {
  return { key, value: value === null ? null : encodeText(value) };
}

/** Awkward ones, of which none can be read. */
const AWKWARD: readonly [string, ProducedRecord][] = [
  ["invalid UTF-8", { ...rawEvent("kustomer", Uint8Array.of(0x7b, 0xff, 0x00, 0xc3, 0x28), START), key: KEY }],
  ["an empty body", { ...rawEvent("kustomer", "", START + 1), key: KEY }],
  ["no body", { ...rawEvent("kustomer", "", START + 2), value: null }],
  ["a megabyte", rawEvent("kustomer", `{"${SECRET}":"${"x".repeat(MIB)}`, START + 3)],
  ["a key that is no UTF-8", { ...rawEvent("kustomer", `"${SECRET}"`, START + 4), key: Uint8Array.of(0xff, 0) }],
  ["an empty key", { ...rawEvent("kustomer", `["${SECRET}"]`, START + 5), key: new Uint8Array() }],
  ["an unknown source", rawEvent(SECRET, "{}", START + 6)],
  ["an unknown event", rawEvent("kustomer", `{"name":"kustomer.${SECRET}","id":"${SECRET}"}`, START + 7)],
  ["a forbidden key", rawEvent("kustomer", `{"${SECRET}":{"__proto__":1}}`, START + 8)],
  ["terminal commands", rawEvent("kustomer", `\u001b[2J\u009b31m${SECRET}`, START + 9)],
  [
    "headers of all kinds",
    {
      ...rawEvent("belco", `{"eventName":"${SECRET}","payload":{}}`, START + 10),
      headers: [
        header("source", "belco"),
        header("received-at", String(START)),
        header("trace", null),
        { key: "bytes", value: Uint8Array.of(0xff, 0xfe) },
        header("trace", "twice"),
        // Of another system's dead letters, in its own words.
        header("original-topic", "elsewhere"),
        header("error-code", "E42"),
        header("dead-letter", "theirs"),
      ],
    },
  ],
];

export function letterTests(name: string, start: () => Promise<LetterHost>): void {
  describe(name, () => {
    let host: LetterHost;
    beforeAll(async () => {
      host = await start();
      return () => host.close();
    });

    /** Of those that a test has made, the places: they are the last. */
    async function newPlaces(count: number): Promise<string[]> {
      const { letters } = await listOf(host.letters, { limit: count });
      return letters.map(({ place }) => place);
    }
    const resentRecords = async (place: string) =>
      (await recordsOf(host, "raw-events")).filter(({ headers }) => headerText(headers, "dead-letter") === place);

    describe("what cannot be read", () => {
      it("lies in the dead letters byte for byte, behind it what failed, and holds up nothing", async () => {
        const good = rawEvent("kustomer", (kustomerLines[0] ?? "").replaceAll(TENANT, "behind"), START + 99);
        await host.pipe([...AWKWARD.map(([, record]) => record), good]);
        const letters = await recordsOf(host, "dead-letters");
        expect(letters).toHaveLength(AWKWARD.length);
        const byTime = letters.toSorted((one, other) => one.timestamp - other.timestamp);
        for (const [index, [what, record]] of AWKWARD.entries()) {
          const { key, value, timestamp, headers } = byTime[index] ?? record;
          expect([what, timestamp]).toEqual([what, record.timestamp]);
          expect(bytesEqual(key, record.key) && bytesEqual(value, record.value), what).toBe(true);
          expect(headers.slice(0, -ADDED_HEADERS.length), what).toEqual(record.headers);
          expect(headers.slice(-ADDED_HEADERS.length).map((one) => one.key)).toEqual(ADDED_HEADERS);
          expect(headerText(headers, "original-topic")).toBe(`${host.topicPrefix}raw-events`);
          const offset = Number(headerText(headers, "original-offset"));
          const partition = Number(headerText(headers, "original-partition"));
          const original = (await recordsOf(host, "raw-events")).find(
            (one) => one.partition === partition && one.offset === offset,
          );
          expect(original?.timestamp, what).toBe(record.timestamp);
          expect(Math.abs(Number(headerText(headers, "failed-at")) - Date.now())).toBeLessThan(120_000);
        }
        expect(await decidedTenants(host)).toContain("behind");
      });

      it("is never quoted in the error", async () => {
        for (const { headers } of await recordsOf(host, "dead-letters")) {
          const message = headerText(headers, "error-message") ?? "";
          expect(message.startsWith(headerText(headers, "error-code") ?? "none")).toBe(true);
          expect(message).not.toMatch(/Frieda|1234567/);
        }
      });
    });

    describe("a list", () => {
      it("says of each letter where it lay, why and when it failed, and how large it is", async () => {
        const { letters, end } = await listOf(host.letters);
        expect(letters).toHaveLength(AWKWARD.length);
        const large = letters.find(({ sizeBytes }) => sizeBytes !== null && sizeBytes > MIB);
        expect(large).toMatchObject({
          original: { topic: `${host.topicPrefix}raw-events`, partition: 0 },
          code: "INVALID_JSON",
          source: "kustomer",
          sentAs: null,
          failedAgainAs: null,
        });
        expect(letters.filter(({ sizeBytes }) => sizeBytes === null)).toHaveLength(1);
        expect(end.omitted).toBe(0);
        expect(end.codes.reduce((sum, one) => sum + one.letters, 0)).toBe(AWKWARD.length);
        expect(JSON.stringify(letters)).not.toContain("\\u001b");
      });

      it("holds the newest, and tells how many older ones there are", async () => {
        const all = (await listOf(host.letters)).letters.map(({ place }) => place);
        const { letters, end } = await listOf(host.letters, { limit: 2 });
        expect(letters.map(({ place }) => place)).toEqual(all.slice(-2));
        expect(end.omitted).toBe(all.length - 2);
        expect(end.codes.reduce((sum, one) => sum + one.letters, 0)).toBe(all.length);
      });

      it("can be of one code, one topic or a time on", async () => {
        const coded = await listOf(host.letters, { code: "EMPTY_BODY" });
        expect(coded.letters).toHaveLength(2);
        expect(coded.end).toEqual({ kind: "end", omitted: 0, codes: [{ code: "EMPTY_BODY", letters: 2 }] });
        expect((await listOf(host.letters, { topic: "raw-events" })).letters).toHaveLength(AWKWARD.length);
        const full = `${host.topicPrefix}raw-events`;
        expect((await listOf(host.letters, { topic: full })).letters).toHaveLength(AWKWARD.length);
        expect((await listOf(host.letters, { topic: "work-item-events" })).letters).toEqual([]);
        expect((await listOf(host.letters, { sinceMs: START })).letters).toHaveLength(AWKWARD.length);
        expect((await listOf(host.letters, { sinceMs: Date.now() + 60_000 })).letters).toEqual([]);
      });
    });

    describe("a letter", () => {
      it("is given with every byte", async () => {
        const [place = ""] = (await listOf(host.letters, { code: "INVALID_UTF8" })).letters.map((one) => one.place);
        const letter = await host.letters.letter(placeOf(place));
        const [, record] = AWKWARD[0] ?? [];
        expect(letter?.timestampMs).toBe(START);
        expect(bytesEqual(letter?.key ?? null, KEY)).toBe(true);
        expect(bytesEqual(letter?.value ?? null, record?.value ?? null)).toBe(true);
        expect(letter?.headers).toHaveLength(1 + ADDED_HEADERS.length);
      });

      it.each(["0:100000", "1:0", "7:3"])("is none at %s", async (place) => {
        expect(await host.letters.letter(placeOf(place))).toBeNull();
      });
    });

    describe("sending through again", () => {
      it("writes the record as it was, with the letter's place, and once however often it is asked for", async () => {
        const places = (await listOf(host.letters)).letters.map(({ place }) => place);
        const letters = await recordsOf(host, "dead-letters");
        const before = await recordsOf(host, "raw-events");
        const outcomes = await resend(host.letters, places);
        expect(outcomes.map(({ outcome }) => outcome)).toEqual(places.map(() => "sent"));
        for (const again of [await resend(host.letters, places), await resend(host.letters, null, { dryRun: true })])
          expect(again.filter((one) => places.includes(one.place)).map(({ outcome }) => outcome)).toEqual(
            places.map(() => "sent-before"),
          );
        for (const [index, place] of places.entries()) {
          const letter = letters[index];
          const original = before.find(
            ({ partition, offset }) =>
              partition === Number(headerText(letter?.headers ?? [], "original-partition")) &&
              offset === Number(headerText(letter?.headers ?? [], "original-offset")),
          );
          const [sent, ...more] = await resentRecords(place);
          expect(more, place).toEqual([]);
          expect(sent?.partition).toBe(original?.partition);
          expect(sent?.timestamp).toBe(original?.timestamp);
          expect(bytesEqual(sent?.key ?? null, original?.key ?? null), place).toBe(true);
          expect(bytesEqual(sent?.value ?? null, original?.value ?? null), place).toBe(true);
          expect(sent?.headers.slice(0, -1)).toEqual(original?.headers);
        }
      });

      it("of what fails again makes a letter that says so, and can be sent itself", async () => {
        await host.caughtUp();
        const { letters } = await listOf(host.letters);
        const again = letters.filter(({ earlierPlace }) => earlierPlace !== null);
        // Each failed once more when it was sent, and was then not sent again.
        expect(again.length).toBe(letters.length / 2);
        for (const { place, earlierPlace } of again) {
          const earlier = letters.find((one) => one.place === earlierPlace);
          expect(earlier).toMatchObject({ failedAgainAs: place, sentAs: expect.stringMatching(/raw-events:\d:\d+$/) });
        }
        const [one] = again;
        const sent = await resend(host.letters, [one?.place ?? ""]);
        expect(sent).toMatchObject([{ place: one?.place, outcome: "sent" }]);
        const [record] = await resentRecords(one?.place ?? "");
        const names = record?.headers.filter(({ key }) => key === "dead-letter" || key.startsWith("original-"));
        // The place of the first letter went when that of the second came.
        expect(
          names?.filter(({ value }) => value !== null && /^\d+:\d+$/.test(String(Buffer.from(value)))),
        ).toHaveLength(1);
      });

      it("with --again writes it once more; a dry run writes nothing", async () => {
        await host.pipe([rawEvent("kustomer", "{", START + 200)]);
        const [place = ""] = await newPlaces(1);
        const topic = `${host.topicPrefix}raw-events`;
        const wouldSend = [{ kind: "letter", place, outcome: "would-send", topic, partition: 0 }];
        expect(await resend(host.letters, [place], { dryRun: true })).toEqual(wouldSend);
        expect(await resentRecords(place)).toHaveLength(0);
        await resend(host.letters, [place]);
        expect(await resend(host.letters, [place], { dryRun: true })).toMatchObject([{ outcome: "sent-before" }]);
        await resend(host.letters, [place], { again: true });
        expect(await resentRecords(place)).toHaveLength(2);
      });

      it("refuses what did not lie in an input topic of this application, and sends the others", async () => {
        const foreign = (topic: string | null): ProducedRecord => ({
          ...rawEvent("kustomer", "{}", START + 300),
          topic: "dead-letters",
          headers: [
            ...(topic === null ? [] : [header("original-topic", topic)]),
            header("original-partition", "0"),
            header("original-offset", "0"),
            header("error-code", "FOREIGN"),
          ],
        });
        const own = foreign(`${host.topicPrefix}work-item-events`);
        await host.pipe([foreign(`${host.topicPrefix}queue-assignments`), foreign("payments"), foreign(null), own]);
        const outcomes = await resend(host.letters, null, { code: "FOREIGN" });
        expect(outcomes).toMatchObject([
          { outcome: "refused", why: expect.stringContaining(`it lay in ${host.topicPrefix}queue-assignments, which`) },
          { outcome: "refused", why: expect.stringContaining("it lay in payments, which is no input topic") },
          { outcome: "refused", why: expect.stringContaining("do not say where it lay") },
          { outcome: "sent", topic: `${host.topicPrefix}work-item-events`, partition: 0 },
        ]);
      });

      it("sends nothing when one of the places holds no letter", async () => {
        await host.pipe([rawEvent("kustomer", "{", START + 400)]);
        const [place = ""] = await newPlaces(1);
        for (const unknown of ["0:999999", "5:0"]) {
          const sending = resend(host.letters, [place, unknown]);
          await expect(sending).rejects.toThrow(new UnknownLetterError([unknown]));
        }
        expect(await resentRecords(place)).toEqual([]);
      });

      it("after a fix has the event decided: the audit line, once the tenant is known", async () => {
        await host.pipe([{ ...rawEvent("kustomer", AUDIT_LINE, START + 500), key: KEY }]);
        const [letter] = (await listOf(host.letters, { code: "MISSING_TENANT" })).letters;
        await host.restart("fixed");
        expect(await resend(host.letters, null, { code: "MISSING_TENANT" })).toMatchObject([{ outcome: "sent" }]);
        await host.caughtUp();
        expect(await decidedTenants(host)).toContain("fixed");
        const after = await listOf(host.letters, { code: "MISSING_TENANT" });
        expect(after.letters).toEqual([
          { ...letter, sentAs: expect.stringContaining("raw-events:"), failedAgainAs: null },
        ]);
      });
    });
  });
}

async function decidedTenants(host: LetterHost): Promise<string[]> {
  const decisions = await recordsOf(host, "queue-assignment-decisions");
  return decisions.map(
    ({ key }) =>
      Buffer.from(key ?? [])
        .toString()
        .split(":")[1] ?? "",
  );
}

function placeOf(text: string) {
  const [partition = "", offset = ""] = text.split(":");
  return { partition: Number(partition), offset: Number(offset) };
}

function bytesEqual(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : Buffer.compare(one, other) === 0;
}
