/**
 * The state of a partition from its changelog, beside whoever writes it: rows in the order of the log, up to the last positions.
 *
 * A row of the checkpoint that is the last one when the reading begins may be compacted away before it is read, for a later row of
 * its key. So what came meanwhile is read too, and what came while that was read, until that takes next to no time. In it brokers
 * compact nothing: they look for something to compact every 15 s, and leave the newest segment alone. Rows behind the last positions
 * are of no whole checkpoint (at least once, after a crash), and are left out.
 */
import { positionsCodec, RowFormatError } from "../../schemas/row.js";
import type { Positions } from "../../schemas/types.js";
import type { LiveRow, StateReading } from "../live/index.js";
import { pagesOf, type QueriedLog } from "../queries/index.js";
import { type ConsumedRecord, decodeText } from "../task/index.js";
import { POSITIONS_KEY } from "./commit/checkpoint-writer.js";
import { UnknownChangelogError } from "./engine-errors.js";
import { WireError } from "./wire/errors.js";

interface FoundPositions {
  readonly offset: number;
  readonly positions: Positions;
}

const NEXT_TO_NO_TIME_MS = 1_000;
/** Each is shorter than the one before it, unless rows are written faster than they are read. */
const MAX_ROUNDS = 100;
/** Looked through first from the end; then so many times more. */
const FIRST_WINDOW = 1_000;
const WINDOW_GROWTH = 4;

/** @throws WireError, UnknownChangelogError */
export async function* readChangelog(log: QueriedLog, topic: string, partition: number): StateReading {
  let positions: Positions | null = null;
  let given = await log.startOffset(topic, partition);
  let searched = given;
  for (let round = 1; ; round++) {
    const beganMs = performance.now();
    const end = await log.endOffset(topic, partition);
    if (end <= searched) return positions;
    const last = await lastPositions(log, topic, partition, searched, end);
    searched = end;
    if (last !== null) {
      for await (const page of pagesOf(log, { topic, partition, fromOffset: given, toOffset: last.offset }))
        yield page.filter(({ key }) => !isPositions(key)).map(rowOf);
      given = last.offset + 1;
      positions = last.positions;
    }
    if (performance.now() - beganMs < NEXT_TO_NO_TIME_MS) return positions;
    if (round === MAX_ROUNDS)
      throw new WireError(
        `${topic}-${partition} is written faster than it can be read here: try again when less comes in`,
      );
  }
}

/** Looked for from the end: on most changelogs it is the last record. */
async function lastPositions(
  log: QueriedLog,
  topic: string,
  partition: number,
  fromOffset: number,
  toOffset: number,
): Promise<FoundPositions | null> {
  let to = toOffset;
  for (let window = FIRST_WINDOW; to > fromOffset; window *= WINDOW_GROWTH) {
    const from = Math.max(fromOffset, to - window);
    let found: FoundPositions | null = null;
    for await (const page of pagesOf(log, { topic, partition, fromOffset: from, toOffset: to })) {
      const record = page.findLast(({ key }) => isPositions(key));
      if (record !== undefined) found = { offset: record.offset, positions: positionsOf(record) };
    }
    if (found !== null) return found;
    to = from;
  }
  return null;
}

function isPositions(key: Uint8Array | null): boolean {
  return key !== null && Buffer.compare(key, POSITIONS_KEY) === 0;
}

function positionsOf(record: ConsumedRecord): Positions {
  if (record.value === null) throw unknown(record, "the positions have no value");
  try {
    return positionsCodec.decode(record.value);
  } catch (error) {
    if (error instanceof RowFormatError) throw unknown(record, error.message);
    throw error;
  }
}

function rowOf(record: ConsumedRecord): LiveRow {
  const key = record.key === null ? null : decodeText(record.key);
  if (key === null) throw unknown(record, "the key is missing, or not UTF-8");
  return { key, row: record.value };
}

function unknown({ topic, partition, offset }: ConsumedRecord, what: string): UnknownChangelogError {
  return new UnknownChangelogError(`${topic}-${partition} at offset ${offset}: ${what}: no changelog of this program`);
}
