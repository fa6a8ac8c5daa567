/** The state of one conversation, and the registers in it. */
import type { AssignmentRow, WorkItemState } from "../../schemas/types.js";
import { sameTarget } from "./version.js";
import { isOutrun, MAX_WORK_ITEMS, newWorkItem, pruned } from "./work-item.js";

const EMPTY: AssignmentRow = {
  sequence: 0,
  assignment: null,
  assignmentVersion: null,
  lifecycle: "OPEN",
  lifecycleVersion: null,
  record: null,
  workItems: [],
  lastEmission: null,
  firstInput: null,
};

/** The state before any event: the assignment is unknown (null without a version), the life cycle open. */
export function emptyRow(): AssignmentRow {
  return EMPTY;
}

export function isDeleted(row: AssignmentRow): boolean {
  return row.lifecycle === "DELETED";
}

/** Whether the source's own record says something other than the assignment (decision rule, section 3). */
export function isDiverged(row: AssignmentRow): boolean {
  return row.record !== null && !sameTarget(row.record.target, row.assignment);
}

/** What is known of a work item; a new one when nothing is. */
export function workItemOf(row: AssignmentRow, workItemNumber: number): WorkItemState {
  for (const item of row.workItems) if (item.workItemNumber === workItemNumber) return item;
  return newWorkItem(workItemNumber);
}

/** The row with this work item in place of what was known of it. Work items stand in the order of their numbers. */
export function withWorkItem(row: AssignmentRow, item: WorkItemState): AssignmentRow {
  const workItems: WorkItemState[] = [];
  let placed = false;
  for (const known of row.workItems) {
    if (!placed && known.workItemNumber >= item.workItemNumber) {
      workItems.push(item);
      placed = true;
    }
    if (known.workItemNumber !== item.workItemNumber) workItems.push(known);
  }
  if (!placed) workItems.push(item);
  return { ...row, workItems: workItems.length > MAX_WORK_ITEMS ? workItems.slice(-MAX_WORK_ITEMS) : workItems };
}

/** Drops the evidence that can no longer matter, now that the assignment stands where it stands. */
export function withoutOutrunEvidence(row: AssignmentRow): AssignmentRow {
  const basis = row.assignmentVersion?.basis ?? 0;
  if (!row.workItems.some((item) => isOutrun(item, basis))) return row;
  return { ...row, workItems: row.workItems.map((item) => pruned(item, basis)) };
}
