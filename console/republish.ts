/** `/republish` of the operator's listener: control records are written, and waited for. */
import type { FastifyInstance } from "fastify";
import { parseConversationKey } from "../runtime/queries/index.js";
import { MAX_KEYS, NotExecutedError, type RepublishPort } from "../runtime/republish/index.js";
import { type FailedLine, NDJSON, stepStream } from "./step-stream.js";

export interface RepublishRoutes {
  /** The service is being stopped. */
  readonly signal: AbortSignal;
  /** As newListener's. */
  readonly onError: (error: Error) => void;
}

export const NOT_EXECUTED = "NOT_EXECUTED";

const BODY_BYTES = 1024 * 1024;
const BODY = {
  type: "object",
  properties: {
    keys: {
      type: ["array", "null"],
      items: { type: "string", pattern: "^[^:]+:[^:]+:.+$" },
      minItems: 1,
      maxItems: MAX_KEYS,
    },
    sinceMs: { type: ["integer", "null"], minimum: 0 },
    dryRun: { type: "boolean" },
    waitMs: { type: ["integer", "null"], minimum: 0 },
  },
  required: ["keys", "sinceMs", "dryRun", "waitMs"],
} as const;

interface Route {
  readonly Body: {
    readonly keys: readonly string[] | null;
    readonly sinceMs: number | null;
    readonly dryRun: boolean;
    readonly waitMs: number | null;
  };
}

export function addRepublish(app: FastifyInstance, port: RepublishPort, routes: RepublishRoutes): void {
  const options = { signal: routes.signal, failedLine: (error: unknown) => failedLine(error, routes) };
  app.post<Route>("/republish", { schema: { body: BODY }, bodyLimit: BODY_BYTES }, ({ body }, reply) => {
    const { keys, ...rest } = body;
    const request = { ...rest, keys: keys?.map(parseConversationKey) ?? null };
    return reply.type(NDJSON).send(stepStream(port.republish(request), options));
  });
}

function failedLine(error: unknown, { onError }: RepublishRoutes): FailedLine {
  if (error instanceof NotExecutedError) return { kind: "failed", code: NOT_EXECUTED, message: error.message };
  onError(error instanceof Error ? error : new Error(String(error)));
  return { kind: "failed", code: "INTERNAL", message: "the request failed; the service's log says why" };
}
