/** R6 of the decision rule: the size of a row and the time of a decision do not grow with the number of events. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyRow, MAX_EVIDENCE_PER_WORK_ITEM, MAX_WORK_ITEMS } from "../../../processors/rule/index.js";
import { assignmentRowCodec } from "../../../schemas/row.js";
import type { AssignmentRow } from "../../../schemas/types.js";
import { conversation, type JoinedEvent, TO_NOBODY, TO_Q1, TO_Q2, workItem } from "../../oracle/build.js";
import { longHistories } from "../../oracle/histories.js";
import { busyConversation, evidenceAhead, LongOracle } from "../../oracle/long.js";
import { evaluate, type RuleOptions, versionRises } from "../../oracle/oracle.js";
import { announce, randomNumbers, SEED, setting } from "../../oracle/settings.js";
import { decide, resultOf, runSteps } from "./subject.js";

const EVENTS = setting("EVENTS", 200_000);
const OPTIONS: RuleOptions = { workItemStream: "present" };
const CONTEXT = { ...OPTIONS, timestamp: 1 };
const TIMEOUT = { timeout: 60_000 + EVENTS / 2 };

const CHUNK = 500;
const GREATEST_RATIO = 3;
/** Three work items, the registers, the record and the last emission, with room for the evidence between them. */
const BUSY_ROW_BYTES = 1_500;
/** A work-item revision and a basis of up to five bytes each. */
const EVIDENCE_BYTES = 10;
/** What a work item takes beside its evidence, with an intent. */
const WORK_ITEM_BYTES = 64;
const FIXED_BYTES = 400;

interface Measured {
  readonly row: AssignmentRow;
  readonly largestRowBytes: number;
  /** The median time of a decision in the last quarter of the arrivals over that in the first. */
  readonly slowdown: number;
  readonly microsecondsPerEvent: number;
}

/** Decides every arrival, timing chunks of them; `check` sees each chunk and the row after it. */
function measure(
  arrivals: Iterable<JoinedEvent>,
  check: (chunk: readonly JoinedEvent[], row: AssignmentRow) => void = () => undefined,
): Measured {
  const chunkTimes: number[] = [];
  let largestRowBytes = 0;
  let row = emptyRow();
  for (const chunk of chunksOf(arrivals)) {
    const startedAt = performance.now();
    for (const joined of chunk) row = decide(row, joined, CONTEXT).row;
    chunkTimes.push((performance.now() - startedAt) / chunk.length);
    largestRowBytes = Math.max(largestRowBytes, assignmentRowCodec.encode(row).length);
    check(chunk, row);
  }
  const quarter = Math.ceil(chunkTimes.length / 4);
  const slowdown = median(chunkTimes.slice(-quarter)) / median(chunkTimes.slice(0, quarter));
  return { row, largestRowBytes, slowdown, microsecondsPerEvent: median(chunkTimes) * 1_000 };
}

function* chunksOf(arrivals: Iterable<JoinedEvent>): Generator<readonly JoinedEvent[]> {
  let chunk: JoinedEvent[] = [];
  for (const joined of arrivals) {
    chunk.push(joined);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[sorted.length >>> 1] ?? 0;
}

function report(what: string, { largestRowBytes, slowdown, microsecondsPerEvent }: Measured): void {
  const speed = `${microsecondsPerEvent.toFixed(2)} us per event, end over start ${slowdown.toFixed(2)}`;
  process.stdout.write(`R6: ${what}: largest row ${largestRowBytes} bytes, ${speed}\n`);
}

/** Expects the holder not to be above the greatest intent there is, nor above its own true key. */
function expectNoStaleHolder({ assignmentVersion }: AssignmentRow, oracle: LongOracle): void {
  if (assignmentVersion === null) return;
  const greatest = oracle.holder()?.key;
  const own = oracle.inheritedKey(assignmentVersion.eventId) ?? assignmentVersion;
  expect(greatest === undefined || versionRises(greatest, assignmentVersion)).toBe(false);
  expect(versionRises(own, assignmentVersion)).toBe(false);
}

/** Expects what the row's schema says of its work items: nothing is kept twice, in disorder, or to no purpose. */
function expectTidy({ workItems, assignmentVersion, lifecycle }: AssignmentRow): void {
  if (lifecycle === "DELETED") expect(workItems).toEqual([]);
  expectRising(workItems.map(({ workItemNumber }) => workItemNumber));
  for (const { intent, evidence } of workItems) {
    expectRising([(intent?.revision ?? 0) - 1, ...evidence.map(({ revision }) => revision)]);
    expectRising([(assignmentVersion?.basis ?? 0) - 1, ...evidence.map(({ basis }) => basis)]);
  }
}

function expectRising(numbers: readonly number[]): void {
  expect(numbers.filter((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))).toEqual([]);
}

describe("the decision rule", () => {
  it(
    "R6 Bounded state: a row keeps rising evidence at or above the register only, and nothing once deleted",
    TIMEOUT,
    () => {
      fc.assert(
        fc.property(longHistories, ({ arrivals, options }) => {
          for (const { decided } of runSteps(arrivals, options)) expectTidy(decided.row);
        }),
        { numRuns: 500, seed: SEED },
      );
    },
  );

  it("R6 Bounded state: a long history costs no more at its end than at its start, and is exact", TIMEOUT, () => {
    announce("R6", { EVENTS });
    const oracle = new LongOracle(OPTIONS);
    let sinceChecked = 0;
    const measured = measure(busyConversation(EVENTS, randomNumbers(SEED)), (chunk, row) => {
      for (const joined of chunk) oracle.add(joined);
      sinceChecked += chunk.length;
      if (sinceChecked < EVENTS / 8) return;
      sinceChecked = 0;
      expect(row.assignmentVersion).toEqual(oracle.holder()?.key);
    });
    report("a busy conversation", measured);
    expect(measured.row.assignmentVersion).toEqual(oracle.holder()?.key);
    expect(measured.row.assignment).toEqual(oracle.holder()?.value);
    expect(measured.largestRowBytes).toBeLessThan(BUSY_ROW_BYTES);
    expect(measured.slowdown).toBeLessThan(GREATEST_RATIO);
  });

  it("R6 Bounded state: evidence ahead of the register is bounded, and never lets a stale intent win", TIMEOUT, () => {
    const random = randomNumbers(SEED);
    const oracle = new LongOracle(OPTIONS);
    const revisions: number[] = [];
    const bases: number[] = [];
    const measured = measure(evidenceAhead(EVENTS, random), (chunk) => {
      for (const joined of chunk) {
        oracle.add(joined);
        if (joined.kind !== "work-item" || joined.event.basis === null) continue;
        revisions.push(joined.event.revision);
        bases.push(joined.event.basis);
      }
    });
    report("evidence without a conversation event", measured);
    const bytes = FIXED_BYTES + 3 * (WORK_ITEM_BYTES + MAX_EVIDENCE_PER_WORK_ITEM * EVIDENCE_BYTES);
    expect(measured.largestRowBytes).toBeLessThan(bytes);
    expect(measured.slowdown).toBeLessThan(GREATEST_RATIO);

    let { row } = measured;
    const greatestBasis = bases.at(-1) ?? 0;
    for (let made = 0; made < 120; made += 1) {
      // Later and later bases: each conversation decision beats the intents that had not seen it, and only those.
      const seen = Math.floor(random() * revisions.length);
      const joined =
        made % 4 === 0
          ? conversation({
              eventId: `c${made}`,
              revision: Math.floor((greatestBasis * made) / 120) + 1,
              queueChange: TO_Q1,
            })
          : workItem({
              eventId: `w${made}`,
              workItemNumber: 1 + (made % 3),
              revision: (revisions[seen] ?? 0) + 1,
              queueChange: TO_Q2,
            });
      oracle.add(joined);
      row = decide(row, joined, CONTEXT).row;
      expectNoStaleHolder(row, oracle);
    }
  });

  it("R6 Bounded state: beyond the cap the newest decision still inherits the newest basis", TIMEOUT, () => {
    const random = randomNumbers(SEED);
    const observations = [...evidenceAhead(MAX_EVIDENCE_PER_WORK_ITEM * 12, random)];
    const own = observations.filter((joined) => joined.kind === "work-item" && joined.event.workItemNumber === 1);
    const last = own.at(-1);
    if (last?.kind !== "work-item") throw new Error("unreachable");
    const { row } = measure(observations);
    const intent = workItem({ eventId: "newest", revision: last.event.revision + 1, queueChange: TO_Q1 });
    expect(decide(row, intent, CONTEXT).row.assignmentVersion?.basis).toBe(last.event.basis);
  });

  it("R6 Bounded state: within the cap the evidence is exact for a decision at any revision", TIMEOUT, () => {
    const evidence = Array.from({ length: MAX_EVIDENCE_PER_WORK_ITEM }, (_, index) =>
      workItem({ eventId: `o${index}`, revision: 2 * index, basis: 3 * index + 1 }),
    );
    const row = runSteps(evidence, OPTIONS).at(-1)?.decided.row;
    for (let revision = 0; revision <= 2 * MAX_EVIDENCE_PER_WORK_ITEM; revision += 1) {
      const intent = workItem({ eventId: "intent", revision, queueChange: TO_Q1 });
      expect(resultOf(decide(row, intent, CONTEXT).row)).toEqual(evaluate([...evidence, intent], OPTIONS));
    }
  });

  it("R6 Bounded state: also in the number of work items, exact up to a cap and never stale beyond", TIMEOUT, () => {
    const random = randomNumbers(SEED);
    const oracle = new LongOracle(OPTIONS);
    const count = MAX_WORK_ITEMS * 2;
    let row = emptyRow();
    let largestRowBytes = 0;
    const decideNext = (joined: JoinedEvent) => {
      oracle.add(joined);
      row = decide(row, joined, CONTEXT).row;
    };
    for (let number = 1; number <= count; number += 1) {
      const any = 1 + Math.floor(random() * number);
      decideNext(workItem({ eventId: `w${number}`, workItemNumber: number, revision: 3, queueChange: TO_Q1 }));
      decideNext(workItem({ eventId: `o${number}`, workItemNumber: any, revision: 2, basis: 1 + (number >>> 3) }));
      if (number % 32 !== 0) continue;
      if (number <= MAX_WORK_ITEMS) expect(row.assignmentVersion).toEqual(oracle.holder()?.key);
      expectNoStaleHolder(row, oracle);
      decideNext(conversation({ eventId: `c${number}`, revision: number >>> 4, queueChange: TO_NOBODY }));
      expectNoStaleHolder(row, oracle);
      largestRowBytes = Math.max(largestRowBytes, assignmentRowCodec.encode(row).length);
    }
    process.stdout.write(`R6: ${count} work items: largest row ${largestRowBytes} bytes\n`);
    expect(largestRowBytes).toBeLessThan(FIXED_BYTES + MAX_WORK_ITEMS * WORK_ITEM_BYTES);
  });
});
