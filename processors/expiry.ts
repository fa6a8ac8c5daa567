/** Which conversations are forgotten: those that are over, and of which nothing was emitted for long. */
import { type AssignmentRow, keyParts } from "../schemas/types.js";
import type { RowExpiry } from "./processor.js";
import { DIVERGED_COUNTER } from "./ratchet.js";
import { isDiverged } from "./rule/index.js";

interface Forgotten {
  readonly kind: "forgotten";
  readonly source: string;
}

/** A row stays so much longer than asked for, at most, beside the time that looking at all rows takes. */
const SWEEPS = 8;

/** @param afterMs how long after its last emission a conversation that is closed or deleted is forgotten, by the stream's time */
export function assignmentExpiry(afterMs: number): RowExpiry<Forgotten> {
  return {
    sweepEveryMs: afterMs / SWEEPS,
    isExpired({ lifecycle, lastEmission }: AssignmentRow, streamTimeMs) {
      if (lifecycle !== "CLOSED" && lifecycle !== "DELETED") return false;
      return lastEmission !== null && lastEmission.emittedAt < streamTimeMs - afterMs;
    },
    forget(key, row: AssignmentRow, context) {
      if (isDiverged(row)) context.count(DIVERGED_COUNTER, -1);
      return { kind: "forgotten", source: keyParts(key)?.source ?? "" };
    },
  };
}
