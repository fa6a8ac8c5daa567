/** The rows that `try --json` prints: the fields of the contracts, plus the key of the conversation. */
import { isDiverged } from "../../processors/index.js";
import {
  type AssignmentDecision,
  type AssignmentRow,
  conversationKey,
  type Lifecycle,
  type QueueAssignment,
  type Target,
  type Version,
} from "../../schemas/index.js";

export type Show = "assignments" | "decisions" | "state";
export const SHOWS = ["assignments", "decisions", "state"] as const satisfies readonly Show[];

/** The state of one conversation, as `--show state` prints it. */
export interface StateRow {
  readonly key: string;
  readonly sequence: number;
  readonly assignment: Target | null;
  readonly assignmentVersion: Version | null;
  readonly lifecycle: Lifecycle;
  readonly lifecycleVersion: Version | null;
  readonly record: Target | null;
  readonly diverged: boolean;
}

export function stateRow(key: string, row: AssignmentRow): StateRow {
  return {
    key,
    sequence: row.sequence,
    assignment: row.assignment,
    assignmentVersion: row.assignmentVersion,
    lifecycle: row.lifecycle,
    lifecycleVersion: row.lifecycleVersion,
    record: row.record?.target ?? null,
    diverged: isDiverged(row),
  };
}

export type Keyed<Value> = Value & { readonly key: string };

export function keyed<Value extends QueueAssignment | AssignmentDecision>(value: Value): Keyed<Value> {
  return { key: conversationKey(value.source, value.tenant, value.conversationId), ...value };
}

export function jsonLine(row: object): string {
  return `${JSON.stringify(row)}\n`;
}
