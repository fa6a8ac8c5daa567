/** `/live` of the operator's listener: the topics and the state of the application, for tools that read beside it. */
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { OffsetOutOfRangeError } from "../runtime/embedded/index.js";
import { encodeRecords, encodeState, type LiveApplication } from "../runtime/live/index.js";
import { type ErrorBody, errorBody } from "./errors.js";

/** Who answers. */
export interface LiveIdentity {
  readonly applicationId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly version: string;
  /** The names of its topics. */
  readonly topics: readonly string[];
}

export interface LiveRoutes {
  /** The service is being stopped: states that are being read are cut off. */
  readonly signal: AbortSignal;
  /** As newListener's. */
  readonly onError: (error: Error) => void;
}

/** Where to read on, of an answer with records. */
export const NEXT_OFFSET_HEADER = "x-next-offset";

const BYTES = "application/octet-stream";
/** Each keeps files from being removed for as long as it is read. */
const MAX_STATES = 2;
/** Whoever takes nothing of a state for so long is cut off: tools work on what they read, and brokers may be slow. */
const STATE_SILENCE_MS = 120_000;

const place = {
  topic: { type: "string" },
  partition: { type: "integer", minimum: 0 },
} as const;
const PLACE_QUERY = { type: "object", properties: place, required: ["topic", "partition"] } as const;
const TIME_QUERY = {
  type: "object",
  properties: { ...place, timestampMs: { type: "integer", minimum: -8.64e15, maximum: 8.64e15 } },
  required: ["topic", "partition", "timestampMs"],
} as const;
const RECORDS_QUERY = {
  type: "object",
  properties: { ...place, offset: { type: "integer", minimum: 0 } },
  required: ["topic", "partition", "offset"],
} as const;
const STATE_PARAMETERS = {
  type: "object",
  properties: { partition: place.partition },
  required: ["partition"],
} as const;

interface Place {
  readonly topic: string;
  readonly partition: number;
}
interface PlaceRoute {
  readonly Querystring: Place;
}
interface TimeRoute {
  readonly Querystring: Place & { readonly timestampMs: number };
}
interface RecordsRoute {
  readonly Querystring: Place & { readonly offset: number };
}
interface StateRoute {
  readonly Params: { readonly partition: number };
}

/** @param live asked at each request, as it is then. */
export function addLive(
  app: FastifyInstance,
  live: LiveApplication,
  { topics, ...identity }: LiveIdentity,
  routes: LiveRoutes,
): void {
  app.get("/live", () => ({
    ...identity,
    topics: topics.map((name) => ({ name, partitions: live.partitionsOf(name) })),
  }));
  app.get<PlaceRoute>("/live/offsets", { schema: { querystring: PLACE_QUERY } }, async ({ query }, reply) => {
    if (!isThere(live, query)) return reply.code(404).send(unknownPartition(query));
    const { topic, partition } = query;
    const [startOffset, endOffset] = await Promise.all([
      live.log.startOffset(topic, partition),
      live.log.endOffset(topic, partition),
    ]);
    return reply.send({ startOffset, endOffset });
  });
  app.get<TimeRoute>("/live/offset-at", { schema: { querystring: TIME_QUERY } }, async ({ query }, reply) => {
    if (!isThere(live, query)) return reply.code(404).send(unknownPartition(query));
    return reply.send({ offset: await live.log.offsetAt(query.topic, query.partition, query.timestampMs) });
  });
  app.get<RecordsRoute>("/live/records", { schema: { querystring: RECORDS_QUERY } }, async ({ query }, reply) => {
    if (!isThere(live, query)) return reply.code(404).send(unknownPartition(query));
    try {
      const { records, nextOffset } = await live.log.read(query.topic, query.partition, query.offset);
      return reply.type(BYTES).header(NEXT_OFFSET_HEADER, nextOffset).send(encodeRecords(records));
    } catch (error) {
      if (!(error instanceof OffsetOutOfRangeError)) throw error;
      return reply.code(416).send(errorBody("OFFSET_OUT_OF_RANGE", error.message));
    }
  });
  app.get<StateRoute>(
    "/live/raw-position/:partition",
    { schema: { params: STATE_PARAMETERS } },
    async ({ params }) => ({
      offset: await live.rawPosition(params.partition),
    }),
  );
  addState(app, live, identity.partitions, routes);
}

function addState(app: FastifyInstance, live: LiveApplication, partitions: number, routes: LiveRoutes): void {
  let states = 0;
  app.get<StateRoute>("/live/state/:partition", { schema: { params: STATE_PARAMETERS } }, async ({ params }, reply) => {
    if (states >= MAX_STATES)
      return reply.code(409).send(errorBody("BUSY", `${MAX_STATES} others are reading states: try again later`));
    const { partition } = params;
    if (partition >= partitions)
      return reply.code(404).send(unknownPartition({ topic: "assignment-store", partition }));
    states += 1;
    const stream = Readable.from(stateBytes(live, partition, routes), { objectMode: false });
    stream.once("close", () => {
      states -= 1;
    });
    reply.raw.setTimeout(STATE_SILENCE_MS);
    return reply.type(BYTES).send(stream);
  });
}

/** When the reader goes away, so does the snapshot. */
async function* stateBytes(
  live: LiveApplication,
  partition: number,
  { signal, onError }: LiveRoutes,
): AsyncGenerator<Buffer> {
  try {
    const state = await live.state(partition);
    for await (const batch of encodeState(state)) {
      signal.throwIfAborted();
      yield batch;
    }
  } catch (error) {
    if (!signal.aborted) onError(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function isThere(live: LiveApplication, { topic, partition }: Place): boolean {
  return partition < (live.partitionsOf(topic) ?? 0);
}

function unknownPartition({ topic, partition }: Place): ErrorBody {
  return errorBody("UNKNOWN_PARTITION", `there is no "${topic}" with a partition ${partition}`);
}
