/** `/api/assignments/:key` and `/api/assignments/:key/timeline`: where a conversation is, and why. */
import type { FastifyInstance, FastifyReply } from "fastify";
import {
  type AssignmentView,
  InvalidKeyError,
  NotHereError,
  type Timeline,
  type TimelineOptions,
} from "../runtime/queries/index.js";
import { errorBody } from "./errors.js";

export interface AssignmentQueryPort {
  assignment(key: string): Promise<AssignmentView | null>;
  timeline(key: string, options: TimelineOptions): Promise<Timeline | null>;
}

/** A page of a long timeline is the newest part of it. */
const MAX_TIMELINE_ENTRIES = 10_000;
/** A timeline reads a whole partition of the decisions: more at once would starve the tasks. */
const MAX_TIMELINES_AT_ONCE = 4;

interface KeyParameters {
  readonly Params: { readonly key: string };
}
interface TimelineParameters extends KeyParameters {
  readonly Querystring: { readonly max?: number };
}

const TIMELINE_QUERY = {
  type: "object",
  properties: { max: { type: "integer", minimum: 1, maximum: MAX_TIMELINE_ENTRIES } },
} as const;

export function addAssignments(app: FastifyInstance, queries: AssignmentQueryPort): void {
  let timelines = 0;
  app.get<KeyParameters>("/api/assignments/:key", ({ params }, reply) =>
    answer(reply, params.key, (key) => queries.assignment(key)),
  );
  app.get<TimelineParameters>(
    "/api/assignments/:key/timeline",
    { schema: { querystring: TIMELINE_QUERY } },
    async ({ params, query }, reply) => {
      if (timelines >= MAX_TIMELINES_AT_ONCE) {
        return reply
          .code(503)
          .header("retry-after", "1")
          .send(errorBody("BUSY", "too many timelines are being read: ask again"));
      }
      timelines += 1;
      try {
        const options = query.max === undefined ? {} : { maxEntries: query.max };
        return await answer(reply, params.key, (key) => queries.timeline(key, options));
      } finally {
        timelines -= 1;
      }
    },
  );
}

async function answer<Found>(
  reply: FastifyReply,
  key: string,
  find: (key: string) => Promise<Found | null>,
): Promise<FastifyReply> {
  try {
    const found = await find(key);
    if (found !== null) return reply.send(found);
    return reply.code(404).send(errorBody("UNKNOWN_CONVERSATION", `no event of the conversation ${key} was seen`));
  } catch (error) {
    if (error instanceof InvalidKeyError) return reply.code(400).send(errorBody("BAD_KEY", error.message));
    // Not a mistake of the client's: after a rebalance it may be here, and meanwhile it is elsewhere.
    if (error instanceof NotHereError) return reply.code(503).send(errorBody("NOT_HERE", error.message));
    throw error;
  }
}
