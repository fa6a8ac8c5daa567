/** Whether a record of a joined topic may be decided: other producers may write these topics directly. */
import type { ConversationEvent, ConversationKey, Target, WorkItemEvent } from "../schemas/types.js";
import { type Refusal, refusal } from "./refusal.js";
import { MAX_NUMBER } from "./rule/index.js";

interface Identified {
  readonly source: string;
  readonly tenant: string;
  readonly conversationId: string;
  readonly eventId: string;
}

/** Why a conversation event cannot be decided; null when it can. */
export function refuseConversationEvent(key: string | null, event: ConversationEvent): Refusal | null {
  return (
    refuseIdentity(key, event) ??
    refuseNumber("revision", event.revision) ??
    refuseNumber("orderedAt", event.orderedAt) ??
    refuseNumber("occurredAt", event.occurredAt) ??
    refuseNumber("preconditionRevision", event.preconditionRevision) ??
    refuseTarget("queueChange.target.id", event.queueChange?.target ?? null) ??
    refuseUnorderedChange(event)
  );
}

/** Why a work-item event cannot be decided; null when it can. */
export function refuseWorkItemEvent(key: string | null, event: WorkItemEvent): Refusal | null {
  return (
    refuseIdentity(key, event) ??
    refuseEmpty("workItemId", event.workItemId) ??
    refuseNumber("workItemNumber", event.workItemNumber) ??
    refuseNumber("revision", event.revision) ??
    refuseNumber("basis", event.basis) ??
    refuseNumber("resourceRevision", event.resourceRevision) ??
    refuseNumber("occurredAt", event.occurredAt) ??
    refuseTarget("queueChange.target.id", event.queueChange?.target ?? null)
  );
}

/** The key of a record that was admitted: it is that of its event. */
export function admittedKey(key: string | null): ConversationKey {
  if (key === null) throw new Error("a record without a key was admitted");
  return key as ConversationKey;
}

function refuseIdentity(key: string | null, event: Identified): Refusal | null {
  return (
    refuseEmpty("source", event.source) ??
    refuseEmpty("tenant", event.tenant) ??
    refuseEmpty("conversationId", event.conversationId) ??
    refuseEmpty("eventId", event.eventId) ??
    refuseColon("source", event.source) ??
    refuseColon("tenant", event.tenant) ??
    refuseKey(key, event)
  );
}

function refuseEmpty(path: string, text: string): Refusal | null {
  return text === "" ? refusal("BAD_VALUE", path, "expected a non-empty string") : null;
}

function refuseColon(path: string, text: string): Refusal | null {
  return text.includes(":")
    ? refusal("BAD_VALUE", path, "must not contain a colon: it separates the parts of the key")
    : null;
}

function refuseKey(key: string | null, event: Identified): Refusal | null {
  if (key === null) return refusal("BAD_KEY", "", "the record has no key; expected <source>:<tenant>:<conversationId>");
  if (isKeyOf(key, event)) return null;
  return refusal("KEY_MISMATCH", "", "the record's key is not that of its source, tenant and conversationId");
}

/** As comparing with `conversationKey`, without making a new string for each record. */
function isKeyOf(key: string, { source, tenant, conversationId }: Identified): boolean {
  const tenantAt = source.length + 1;
  const conversationAt = tenantAt + tenant.length + 1;
  return (
    key.length === conversationAt + conversationId.length &&
    key.startsWith(source) &&
    key[tenantAt - 1] === ":" &&
    key.startsWith(tenant, tenantAt) &&
    key[conversationAt - 1] === ":" &&
    key.startsWith(conversationId, conversationAt)
  );
}

function refuseNumber(field: string, value: number | null): Refusal | null {
  if (value === null || (Number.isInteger(value) && value >= 0 && value <= MAX_NUMBER)) return null;
  return refusal("BAD_TYPE", field, `expected a safe integer from 0 to ${MAX_NUMBER}`);
}

function refuseTarget(path: string, target: Target | null): Refusal | null {
  return target === null ? null : refuseEmpty(path, target.id);
}

/** A change must be ordered, and only a deletion deletes. */
function refuseUnorderedChange(event: ConversationEvent): Refusal | null {
  if (event.lifecycleChange === "DELETED" && !event.isDeletion) {
    return refusal("CONFLICTING_VALUES", "lifecycleChange", "DELETED without isDeletion");
  }
  const changes = event.queueChange !== null || event.lifecycleChange !== null;
  const ordered = event.revision !== null || event.orderedAt !== null;
  if (!changes || ordered || event.isDeletion || event.isAudit || !event.persisted) return null;
  return refusal("MISSING_FIELD", "revision", "a change needs a revision, or orderedAt for a source without revisions");
}
