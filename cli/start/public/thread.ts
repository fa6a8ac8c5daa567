/**
 * The thread of the public listener: receives, verifies and answers, while the main thread processes. A flood of requests
 * takes no time from the processing, and a long turn of the processing keeps nobody waiting for an answer.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Registry } from "prom-client";
import {
  type AssignmentQueryPort,
  addAssignments,
  addHealth,
  closeListener,
  type ListenAt,
  listen,
  newListener,
} from "../../../console/index.js";
import { addWebhooks } from "../../../ingress/webhooks/index.js";
import { NotHereError, parseConversationKey } from "../../../runtime/queries/index.js";
import { Calls, RemoteError } from "./calls.js";
import { type HealthNews, MAIN, STALLED_AFTER_MS, THREAD, type ThreadSettings } from "./protocol.js";
import { packRecords } from "./records-message.js";

if (parentPort === null) throw new Error("this file is the entry of a thread");
const port = parentPort;
const settings = workerData as ThreadSettings;

let news: HealthNews = { state: "starting", isReady: false, tasks: [] };
let heardMs = performance.now();
const registry = new Registry();

const calls = new Calls(port, {
  [THREAD.open]: (at: ListenAt) => listen(app, at),
  [THREAD.close]: () => closeListener(app),
  [THREAD.metrics]: () => registry.metrics(),
  [THREAD.health]: (latest: HealthNews) => {
    news = latest;
    heardMs = performance.now();
  },
});

const app = newListener((error) => calls.tell(MAIN.requestFailed, error.message), settings.listener);
addHealth(app, () =>
  performance.now() - heardMs > STALLED_AFTER_MS ? { ...news, state: "stalled", isReady: false } : news,
);
addAssignments(app, queries());
addWebhooks(app, settings.webhooks, {
  append: (records) => {
    const message = packRecords(records);
    return calls.ask(MAIN.append, message, [message.bytes]);
  },
  registry,
  onRejected: (rejected) => calls.tell(MAIN.rejected, rejected),
  onWriteFailed: (error) => calls.tell(MAIN.writeFailed, error instanceof Error ? error.message : String(error)),
});
port.on("message", (message) => calls.receive(message));

/** The rows are the main thread's. What is wrong with a key is said here. */
function queries(): AssignmentQueryPort {
  return {
    assignment: async (key) => asked(MAIN.assignment, parseConversationKey(key)),
    timeline: async (key, options) => asked(MAIN.timeline, { key: parseConversationKey(key), options }),
  };
}

async function asked<Answer>(method: string, argument: unknown): Promise<Answer> {
  try {
    return await calls.ask<Answer>(method, argument);
  } catch (error) {
    const crossed = error instanceof RemoteError ? error.crossed : null;
    if (crossed?.name === "NotHereError") throw new NotHereError(Number(crossed.details?.partition));
    throw error;
  }
}
