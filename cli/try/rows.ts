/** The rows that `try --json` prints: the fields of the contracts, plus the key of the conversation. */
import { type AssignmentView, assignmentView } from "../../runtime/queries/index.js";
import {
  type AssignmentDecision,
  type AssignmentRow,
  conversationKey,
  type QueueAssignment,
} from "../../schemas/index.js";

export type Show = "assignments" | "decisions" | "state";
export const SHOWS = ["assignments", "decisions", "state"] as const satisfies readonly Show[];

/** The state of one conversation, as `--show state` prints it. */
export type StateRow = Omit<AssignmentView, "recordedBy" | "lastEmission">;

export function stateRow(key: string, row: AssignmentRow): StateRow {
  const { recordedBy: _recordedBy, lastEmission: _lastEmission, ...state } = assignmentView(key, row);
  return state;
}

export type Keyed<Value> = Value & { readonly key: string };

export function keyed<Value extends QueueAssignment | AssignmentDecision>(value: Value): Keyed<Value> {
  return { key: conversationKey(value.source, value.tenant, value.conversationId), ...value };
}

export function jsonLine(row: object): string {
  return `${JSON.stringify(row)}\n`;
}
