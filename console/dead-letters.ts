/** `/dead-letters` of the operator's listener: listed, shown, and sent through again. */
import type { FastifyInstance } from "fastify";
import {
  type DeadLetterPort,
  type Letter,
  type LetterFilter,
  MAX_LISTED,
  MAX_PLACES,
  parsePlace,
  type ResendRequest,
  UnknownLetterError,
} from "../runtime/dead-letters/index.js";
import { errorBody } from "./errors.js";
import { type FailedLine, NDJSON, stepStream } from "./step-stream.js";

export interface DeadLetterRoutes {
  /** The service is being stopped. */
  readonly signal: AbortSignal;
  /** As newListener's. */
  readonly onError: (error: Error) => void;
}

export const UNKNOWN_LETTER = "UNKNOWN_LETTER";

const RESEND_BODY_BYTES = 64 * 1024;

const place = { type: "string", pattern: "^\\d{1,9}:\\d{1,15}$" } as const;
const filter = {
  code: { type: "string" },
  topic: { type: "string" },
  sinceMs: { type: "integer" },
} as const;
const LIST_QUERY = {
  type: "object",
  properties: { ...filter, limit: { type: "integer", minimum: 1, maximum: MAX_LISTED } },
  required: ["limit"],
} as const;
const SHOW_PARAMETERS = { type: "object", properties: { place }, required: ["place"] } as const;
const RESEND_BODY = {
  type: "object",
  properties: {
    places: { type: "array", items: place, minItems: 1, maxItems: MAX_PLACES },
    filter: { type: "object", properties: filter },
    dryRun: { type: "boolean" },
    again: { type: "boolean" },
  },
  required: ["dryRun", "again"],
  oneOf: [{ required: ["places"] }, { required: ["filter"] }],
} as const;

interface ListRoute {
  readonly Querystring: LetterFilter & { readonly limit: number };
}
interface ShowRoute {
  readonly Params: { readonly place: string };
}
interface ResendRoute {
  readonly Body: {
    readonly dryRun: boolean;
    readonly again: boolean;
    readonly places?: readonly string[];
    readonly filter?: LetterFilter;
  };
}

export function addDeadLetters(app: FastifyInstance, letters: DeadLetterPort, routes: DeadLetterRoutes): void {
  const options = { signal: routes.signal, failedLine: (error: unknown) => failedLine(error, routes) };
  app.get<ListRoute>("/dead-letters", { schema: { querystring: LIST_QUERY } }, ({ query }, reply) =>
    reply.type(NDJSON).send(stepStream(letters.list(query), options)),
  );
  app.get<ShowRoute>("/dead-letters/:place", { schema: { params: SHOW_PARAMETERS } }, async ({ params }, reply) => {
    const at = parsePlace(params.place);
    const letter = at === null ? null : await letters.letter(at);
    if (letter !== null) return reply.send(letterJson(letter));
    const { message } = new UnknownLetterError([params.place]);
    return reply.code(404).send(errorBody(UNKNOWN_LETTER, message));
  });
  let resending = false;
  app.post<ResendRoute>(
    "/dead-letters/resend",
    { schema: { body: RESEND_BODY }, bodyLimit: RESEND_BODY_BYTES },
    async ({ body }, reply) => {
      // Two at once would each send what the other is about to send.
      if (resending)
        return reply.code(409).send(errorBody("BUSY", "dead letters are being sent through again by someone else"));
      resending = true;
      const stream = stepStream(letters.resend(requestOf(body)), options);
      stream.once("close", () => {
        resending = false;
      });
      return reply.type(NDJSON).send(stream);
    },
  );
}

function requestOf({ places, filter, dryRun, again }: ResendRoute["Body"]): ResendRequest {
  return places === undefined
    ? { places: null, filter: filter ?? {}, dryRun, again }
    : { places: places.flatMap((text) => parsePlace(text) ?? []), dryRun, again };
}

/** Bytes as base64. */
function letterJson({ key, value, headers, ...head }: Letter) {
  return {
    ...head,
    key: base64(key),
    value: base64(value),
    headers: headers.map((header) => ({ key: header.key, value: base64(header.value) })),
  };
}

function base64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function failedLine(error: unknown, { onError }: DeadLetterRoutes): FailedLine {
  if (error instanceof UnknownLetterError)
    return { kind: "failed", code: UNKNOWN_LETTER, message: error.message, about: error.places };
  onError(error instanceof Error ? error : new Error(String(error)));
  return { kind: "failed", code: "INTERNAL", message: "the request failed; the service's log says why" };
}
