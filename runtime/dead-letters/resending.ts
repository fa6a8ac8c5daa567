/** Sends letters through again, each once: what is in the input topics already is not sent. */
import { type ConsumedRecord, type ProducedRecord, sizeOfRecord } from "../task/index.js";
import { letterOffsetIn } from "./headers.js";
import type { LetterSource } from "./letter-source.js";
import { OffsetSet } from "./offset-set.js";
import { formatPlace } from "./place.js";
import type { ReadStep, ResendOutcome, ResendRequest, ResendStep } from "./port.js";
import { returnAddress, returnedRecord } from "./return-address.js";
import { Selection } from "./selection.js";
import { SentSearch } from "./sent-search.js";

/** What is appended at once. */
const MAX_BATCH_RECORDS = 500;
const MAX_BATCH_BYTES = 1024 * 1024;

type LetterStep = Extract<ResendStep, { kind: "letter" }>;

/** Twice through the letters, so that none has to be kept: first for where to search, then to send. */
export async function* resendLetters(source: LetterSource, request: ResendRequest): AsyncGenerator<ResendStep> {
  // What fails again while this runs is not sent again by it.
  const toOffset = await source.endOffset();
  const sent = new OffsetSet();
  const selection = Selection.of(request, source.topicPrefix);
  yield* findSent(source, selection, toOffset, sent);
  const batch = new Batch(source, request);
  for await (const page of source.letters(selection.firstOffset, Math.min(toOffset, selection.lastOffset + 1))) {
    for (const letter of page) {
      if (!selection.has(letter)) continue;
      if (!request.again && sent.has(letter.offset)) yield step(letter, { outcome: "sent-before" });
      else yield* batch.take(letter);
    }
    // Before the next page: records are views on this one.
    yield* batch.flush();
  }
  yield { kind: "end" };
}

/** @throws UnknownLetterError */
async function* findSent(
  source: LetterSource,
  selection: Selection,
  toOffset: number,
  sent: OffsetSet,
): AsyncGenerator<ReadStep> {
  const search = new SentSearch();
  let records = 0;
  for await (const page of source.letters(selection.firstOffset, toOffset)) {
    for (const letter of page) {
      const earlier = letterOffsetIn(letter.headers);
      // It has failed again: it was sent.
      if (earlier !== null) sent.add(earlier);
      if (selection.meets(letter)) search.add(returnAddress(letter, source));
    }
    records += page.length;
    yield { kind: "read", records };
  }
  selection.mustBeMet();
  for await (const read of search.run(source.log, (offset) => sent.add(offset))) {
    records += read;
    yield { kind: "read", records };
  }
}

/** What is appended together; told of when it is durable. */
class Batch {
  private records: ProducedRecord[] = [];
  private steps: LetterStep[] = [];
  private sizeBytes = 0;

  constructor(
    private readonly source: LetterSource,
    private readonly request: ResendRequest,
  ) {}

  async *take(letter: ConsumedRecord): AsyncGenerator<LetterStep> {
    const address = returnAddress(letter, this.source);
    if (address.kind === "refused") {
      yield step(letter, { outcome: "refused", why: address.why });
      return;
    }
    const { original, partition } = address;
    const { topic } = original;
    if (this.request.dryRun) {
      yield step(letter, { outcome: "would-send", topic, partition });
      return;
    }
    const record = returnedRecord(letter, original);
    this.records.push(record);
    this.steps.push(step(letter, { outcome: "sent", topic, partition }));
    this.sizeBytes += sizeOfRecord(record);
    if (this.records.length >= MAX_BATCH_RECORDS || this.sizeBytes >= MAX_BATCH_BYTES) yield* this.flush();
  }

  async *flush(): AsyncGenerator<LetterStep> {
    if (this.records.length === 0) return;
    await this.source.append(this.records);
    yield* this.steps;
    this.records = [];
    this.steps = [];
    this.sizeBytes = 0;
  }
}

function step(letter: ConsumedRecord, outcome: ResendOutcome): LetterStep {
  return { kind: "letter", place: formatPlace(letter), ...outcome };
}
