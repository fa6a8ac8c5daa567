/** The rows as the new application is to have them, partition by partition, and what its tasks count of them. */
import { DIVERGED_COUNTER, isDiverged } from "../../processors/index.js";
import { entriesCounter } from "../../runtime/task/index.js";
import { assignmentRowCodec, type Counter, RowFormatError } from "../../schemas/index.js";
import { ASSIGNMENT_STORE } from "../../topology/index.js";
import { FailedError } from "../errors.js";
import { printable } from "../output/text.js";
import type { RowSpool } from "./row-spool.js";

export interface CarriedRow {
  readonly key: string;
  readonly row: Uint8Array;
}

/** May be read more than once. */
export interface CarriedRows {
  /** @returns at the end, the counters of the partition. @throws FailedError for a row that cannot be read; StorageError */
  pages(partition: number): AsyncGenerator<readonly CarriedRow[], readonly Counter[], undefined>;
}

export function carriedRows(spool: RowSpool): CarriedRows {
  return { pages: (partition) => pages(spool, partition) };
}

async function* pages(spool: RowSpool, partition: number): ReturnType<CarriedRows["pages"]> {
  let entries = 0;
  let diverged = 0;
  for await (const page of spool.pages(partition)) {
    const carried: CarriedRow[] = [];
    for (const { key, value } of page) {
      const row = decode(key, value);
      entries += 1;
      if (isDiverged(row)) diverged += 1;
      // It names offsets of topics that are left behind.
      carried.push({ key, row: assignmentRowCodec.encode({ ...row, firstInput: null }) });
    }
    yield carried;
  }
  return [
    { name: entriesCounter(ASSIGNMENT_STORE), count: entries },
    { name: DIVERGED_COUNTER, count: diverged },
  ];
}

function decode(key: string, value: Uint8Array) {
  try {
    return assignmentRowCodec.decode(value);
  } catch (error) {
    if (!(error instanceof RowFormatError)) throw error;
    throw new FailedError(`the row of ${printable(key)}: ${error.message}`, { cause: error });
  }
}
