/** Lists the newest letters, with what became of those that were sent through again. */
import type { ConsumedRecord } from "../task/index.js";
import { filterOf } from "./filter.js";
import { letterOffsetIn } from "./headers.js";
import { type LetterHead, letterHead } from "./letter.js";
import type { LetterSource } from "./letter-source.js";
import type { CodeCount, ListedLetter, ListRequest, ListStep } from "./port.js";
import { type ReturnAddress, returnAddress } from "./return-address.js";
import { SentSearch } from "./sent-search.js";

/** Others than the engine may write letters, with codes of their own. */
const MAX_CODES = 100;
const OTHER_CODES = "(other)";
const NO_CODE = "(none)";
const NO_OFFSET = -1;

interface Kept {
  readonly head: LetterHead;
  readonly address: ReturnAddress;
  sentAs: string | null;
  failedAgainAs: string | null;
}

export async function* listLetters(source: LetterSource, request: ListRequest): AsyncGenerator<ListStep> {
  const isWanted = filterOf(request, source.topicPrefix);
  const kept = new Map<number, Kept>();
  const codes = new Map<string, number>();
  let records = 0;
  let matched = 0;
  for await (const page of source.letters()) {
    for (const record of page) {
      const head = letterHead(record);
      // What was sent again lies before what it has become.
      const earlier = kept.get(letterOffsetIn(record.headers) ?? NO_OFFSET);
      if (earlier !== undefined) earlier.failedAgainAs = head.place;
      if (!isWanted(head)) continue;
      matched += 1;
      count(codes, head.code ?? NO_CODE);
      keep(kept, record, { head, address: returnAddress(record, source), sentAs: null, failedAgainAs: null }, request);
    }
    records += page.length;
    yield { kind: "read", records };
  }
  const search = new SentSearch();
  for (const { address } of kept.values()) search.add(address);
  const found = (offset: number, { topic, partition, offset: at }: ConsumedRecord) => {
    const letter = kept.get(offset);
    if (letter !== undefined) letter.sentAs = `${topic}:${partition}:${at}`;
  };
  for await (const read of search.run(source.log, found)) {
    records += read;
    yield { kind: "read", records };
  }
  for (const letter of kept.values()) yield { kind: "letter", letter: listed(letter) };
  yield { kind: "end", omitted: matched - kept.size, codes: counted(codes) };
}

/** The newest so many: a map keeps the order in which they came. */
function keep(kept: Map<number, Kept>, { offset }: ConsumedRecord, letter: Kept, { limit }: ListRequest): void {
  kept.set(offset, letter);
  const [oldest] = kept.keys();
  if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
}

function count(codes: Map<string, number>, code: string): void {
  const name = codes.has(code) || codes.size < MAX_CODES ? code : OTHER_CODES;
  codes.set(name, (codes.get(name) ?? 0) + 1);
}

function counted(codes: ReadonlyMap<string, number>): CodeCount[] {
  return [...codes].map(([code, letters]) => ({ code, letters })).sort((one, other) => other.letters - one.letters);
}

function listed({ head, sentAs, failedAgainAs }: Kept): ListedLetter {
  return { ...head, sentAs, failedAgainAs };
}
