/** What Kustomer's conversation and work-item events have in common. */
import { z } from "zod";
import type { Target } from "../../schemas/types.js";
import { type Refusal, refusal } from "../refusal.js";
import { id, tenant, tenantProblem, time } from "./fields.js";
import type { ReadingOptions } from "./source.js";

export const SOURCE = "kustomer";

/** What an event does not say itself. */
export interface EventContext {
  readonly traceId: string | null;
  readonly options: ReadingOptions;
}

export type EventKind = "create" | "update" | "delete";

/** The fields that every event has beside its `data`. Kustomer writes null for what is not there, or leaves it out. */
export const stamp = {
  id,
  org: tenant.nullish(),
  createdAt: time.nullish(),
  client: id.nullish(),
  isSync: z.boolean().nullish(),
  persist: z.boolean().nullish(),
};

/** A relation to a queue. */
export const queueRelation = z.object({ data: z.object({ type: z.literal("queue"), id }).nullish() }).nullish();

/** A change of it. Its `op` and `before` are not looked at: what counts is what holds after it. */
export const queueRelationChange = z.object({ after: queueRelation }).nullish();

/** The target of a relation; absent, null, `{}` and `{ data: null }` all mean nobody. */
export function targetOf(relation: z.output<typeof queueRelation>): Target | null {
  const queue = relation?.data;
  return queue ? { type: "QUEUE", id: queue.id } : null;
}

/** The tenant of an event, or the refusal when neither it nor the settings name one. */
export function tenantOf(org: string | null | undefined, options: ReadingOptions): string | Refusal {
  const name = org ?? options.tenant;
  if (name === null) {
    return refusal("MISSING_TENANT", "org", "the document names no organization: give its id with --tenant");
  }
  const problem = tenantProblem(name);
  return problem === null ? name : refusal("BAD_VALUE", "org", `the configured tenant (--tenant): ${problem}`);
}
