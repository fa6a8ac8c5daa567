/** The timeline of a conversation, asked of a running service over HTTP. */
import { z } from "zod";
import type { Timeline } from "../../runtime/queries/index.js";
import { FailedError, UsageError } from "../errors.js";
import { printable } from "../output/text.js";
import { timelineSchema } from "./timeline-schema.js";

const TIMEOUT_MS = 30_000;

/** What the service says of a conversation that it has never seen. Another 404 is that of another path, or another program. */
const UNKNOWN_CONVERSATION = "UNKNOWN_CONVERSATION";

/** What it says of one whose partition another instance has. */
const NOT_HERE = "NOT_HERE";

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** @throws UsageError for a bad URL; FailedError when the service does not answer, or not with a timeline */
export async function explainService(key: string, url: string): Promise<Timeline | null> {
  const endpoint = endpointOf(key, url);
  const { status, body } = await get(endpoint);
  const problem = errorSchema.safeParse(body).data?.error;
  if (problem?.code === UNKNOWN_CONVERSATION) return null;
  if (problem?.code === NOT_HERE)
    throw new FailedError(
      `${endpoint.origin} does not have the conversation: ${printable(problem.message)}, with its --url`,
    );
  if (problem !== undefined)
    throw new FailedError(`${endpoint}: ${status} ${printable(problem.code)}: ${printable(problem.message)}`);
  const timeline = timelineSchema.safeParse(body);
  if (status === 200 && timeline.success) return timeline.data;
  throw new FailedError(`${endpoint}: the answer (status ${status}) is not that of a queue-ratchet service`);
}

function endpointOf(key: string, url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (base === null || (base.protocol !== "http:" && base.protocol !== "https:"))
    throw new UsageError(`--url: bad value ${JSON.stringify(printable(url))}: expected http://HOST:PORT`);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return new URL(`api/assignments/${encodeURIComponent(key)}/timeline`, base);
}

async function get(endpoint: URL): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    const response = await fetch(endpoint, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: jsonOf(await response.text()) };
  } catch (cause) {
    throw new FailedError(`${endpoint.origin} does not answer (${reasonOf(cause)}); is the service running there?`, {
      cause,
    });
  }
}

/** Undefined when it is no JSON: then it is not what was expected either. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** fetch hides what went wrong in its causes. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error.message;
}
