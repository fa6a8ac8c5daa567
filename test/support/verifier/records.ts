/** What the independent reader gives, as it comes from its process. */
import { z } from "zod";
import type { AssignmentRow, Positions } from "../../../schemas/types.js";
import { ACKNOWLEDGED } from "../kafka/independent-client/index.js";
import { ASSIGNMENT_ROW, POSITIONS } from "./contracts.js";

const record = {
  offset: z.number(),
  /** Epoch milliseconds. */
  timestamp: z.number(),
  /** As text; bytes that are no UTF-8 are escaped. */
  key: z.string().nullable(),
  headers: z.record(z.string(), z.string().nullable()),
};

/** A record with the SHA-256 of its value. */
export const DIGESTED = z.array(z.object({ ...record, digest: z.string() }).readonly());
export type Digested = z.output<typeof DIGESTED>[number];

/** A record with its value: not yet looked at, or the reason why it cannot be decoded. */
export const DECODED = z.array(
  z.object({ ...record, value: z.unknown().optional(), error: z.string().optional() }).readonly(),
);
export type Decoded = z.output<typeof DECODED>[number];

/** The version byte before rows. */
export const ROW_VERSION = 2;
const VERSIONS = [1, ROW_VERSION] as const;
const POSITIONS_VERSION = 1;

const changelogRecord = z
  .object({ ...record, bytes: z.base64().nullable(), version: z.literal(VERSIONS).nullable(), value: z.unknown() })
  .readonly();
export const CHANGELOG = z.array(changelogRecord);
type ChangelogRecord = z.output<typeof changelogRecord>;

/** A value of a changelog, with the bytes that it is stored as. */
export interface Stored<Value> {
  readonly offset: number;
  readonly key: string;
  /** The version byte. */
  readonly version: number;
  /** In base64. */
  readonly bytes: string;
  readonly value: Value;
}

export const storedRow = (given: ChangelogRecord): Stored<AssignmentRow> => stored(given, ASSIGNMENT_ROW);

export function storedPositions(given: ChangelogRecord): Stored<Positions> {
  const positions = stored(given, POSITIONS);
  if (positions.version === POSITIONS_VERSION) return positions;
  throw new Error(`the changelog has positions of version ${positions.version} at ${positions.offset}`);
}

function stored<Value>(given: ChangelogRecord, type: z.ZodType<Value>): Stored<Value> {
  const { offset, key, version, bytes, value } = given;
  if (key === null || bytes === null || version === null)
    throw new Error(`the changelog has a record without a key or value at ${offset}`);
  return { offset, key, version, bytes, value: type.parse(value) };
}

export const COMMITTED_OFFSETS = z.array(
  z.object({ topic: z.string(), partition: z.number(), offset: z.number().nullable() }).readonly(),
);
/** `offset` is null where the group has committed none. */
export type CommittedPosition = z.output<typeof COMMITTED_OFFSETS>[number];

export const UNREAD = z.array(
  z
    .object({
      topic: z.string(),
      partition: z.number(),
      committed: z.number().nullable(),
      /** The first record that is not committed. */
      next: z.number(),
      /** The last stable offset. */
      end: z.number(),
    })
    .readonly(),
);
export type Unread = z.output<typeof UNREAD>[number];

export const PLACES_OR_NOT = z.array(ACKNOWLEDGED.nullable());
