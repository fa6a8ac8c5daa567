/** The keys of intents (decision rule, section 2). Their order is part of the contracts. */
import type { Version } from "../../schemas/types.js";

export {
  compareEventIds,
  comparePlaces,
  compareVersions,
  DELETION_BASIS,
  MAX_NUMBER,
  outranks,
  sameTarget,
} from "../../schemas/version.js";

export const CONVERSATION_KIND = 0;
export const WORK_ITEM_KIND = 1;

/** The key of an intent, status or deletion of the conversation itself, at its revision (or item time). */
export function conversationVersion(order: number, eventId: string): Version {
  return { basis: order, kind: CONVERSATION_KIND, workItemNumber: 0, workItemRevision: 0, eventId };
}

/** The key of a work-item intent. */
export function workItemVersion(
  basis: number,
  workItemNumber: number,
  workItemRevision: number,
  eventId: string,
): Version {
  return { basis, kind: WORK_ITEM_KIND, workItemNumber, workItemRevision, eventId };
}
