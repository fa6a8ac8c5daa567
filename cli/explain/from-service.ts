/** The timeline of a conversation, asked of a running service over HTTP. */
import type { Timeline } from "../../runtime/queries/index.js";
import { FailedError } from "../errors.js";
import { printable } from "../output/text.js";
import { endpointOf, jsonOf, problemOf, reasonOf } from "../service-http.js";
import { timelineSchema } from "./timeline-schema.js";

const TIMEOUT_MS = 30_000;

/** What the service says of a conversation that it has never seen. Another 404 is that of another path, or another program. */
const UNKNOWN_CONVERSATION = "UNKNOWN_CONVERSATION";

/** What it says of one whose partition another instance has. */
const NOT_HERE = "NOT_HERE";

/** @throws UsageError for a bad URL; FailedError when the service does not answer, or not with a timeline */
export async function explainService(key: string, url: string): Promise<Timeline | null> {
  const endpoint = endpointOf(url, `api/assignments/${encodeURIComponent(key)}/timeline`);
  const { status, body } = await get(endpoint);
  const problem = problemOf(body);
  if (problem?.code === UNKNOWN_CONVERSATION) return null;
  if (problem?.code === NOT_HERE)
    throw new FailedError(
      `${endpoint.origin} does not have the conversation: ${printable(problem.message)}, with its --url`,
    );
  if (problem !== null)
    throw new FailedError(`${endpoint}: ${status} ${printable(problem.code)}: ${printable(problem.message)}`);
  const timeline = timelineSchema.safeParse(body);
  if (status === 200 && timeline.success) return timeline.data;
  throw new FailedError(`${endpoint}: the answer (status ${status}) is not that of a queue-ratchet service`);
}

async function get(endpoint: URL): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    const response = await fetch(endpoint, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: jsonOf(await response.text()) };
  } catch (cause) {
    throw new FailedError(
      `${endpoint.origin} does not answer (${reasonOf(cause, TIMEOUT_MS)}); is the service running there?`,
      {
        cause,
      },
    );
  }
}
