/** The public listener, as the main thread sees it: it runs in a thread of its own (thread.ts beside this file). */
import { Worker } from "node:worker_threads";
import { type AssignmentQueryPort, type ListenAt, ListenError } from "../../../console/index.js";
import type { RejectedRequests } from "../../../ingress/webhooks/index.js";
import type { Engine } from "../../../runtime/engine.js";
import type { TimelineOptions } from "../../../runtime/queries/index.js";
import { FailedError } from "../../errors.js";
import type { ServiceLog } from "../log.js";
import { Calls, RemoteError } from "./calls.js";
import { HEALTH_EVERY_MS, type HealthNews, MAIN, THREAD, type ThreadSettings } from "./protocol.js";
import { type RecordsMessage, unpackRecords } from "./records-message.js";

export interface PublicListenerPorts {
  readonly engine: Engine;
  readonly queries: AssignmentQueryPort;
  readonly log: ServiceLog;
}

/** The compiled file: a thread takes no TypeScript. */
export const THREAD_FILE = new URL("./thread.js", import.meta.url);

/** Small enough that the whole stays within half a gigabyte under a flood; of old objects, what the most connections need. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 384 } as const;

export class PublicListener {
  /** Rejects when the thread has ended by itself: without it nobody is answered. */
  readonly failed: Promise<never>;
  private readonly worker: Worker;
  private readonly calls: Calls;
  private readonly timer: NodeJS.Timeout;
  private isClosing = false;

  constructor(
    settings: ThreadSettings,
    private readonly ports: PublicListenerPorts,
    file: URL = THREAD_FILE,
  ) {
    this.worker = new Worker(file, { workerData: settings, name: "public-listener", resourceLimits: RESOURCE_LIMITS });
    this.calls = new Calls(this.worker, this.methods());
    this.worker.on("message", (message) => this.calls.receive(message));
    this.failed = new Promise((_, reject) => {
      const ended = (because: string) => {
        this.calls.end(because);
        if (!this.isClosing) reject(new FailedError(because));
      };
      this.worker.on("error", (error) => ended(`the thread of the public listener has failed: ${error.message}`));
      this.worker.on("exit", (code) => ended(`the thread of the public listener has ended with ${code}`));
    });
    // Whoever runs the service listens; before that, and after it, nobody has to.
    this.failed.catch(() => undefined);
    // That nobody listens any more is told by `failed`.
    this.timer = setInterval(() => this.tellHealth().catch(() => undefined), HEALTH_EVERY_MS).unref();
  }

  /** @returns `host:port`. @throws ListenError, FailedError */
  async open(at: ListenAt): Promise<string> {
    try {
      await this.tellHealth();
      return await this.calls.ask<string>(THREAD.open, at);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (error.crossed.name === "ListenError") throw new ListenError(error.message, { cause: error });
      throw new FailedError(error.message, { cause: error });
    }
  }

  /** Its own metrics, in Prometheus' text format. */
  metrics(): Promise<string> {
    return this.calls.ask<string>(THREAD.metrics);
  }

  /** Resolves when it is known there: not only at the next news. @throws RemoteError */
  async tellHealth(): Promise<void> {
    const { state, isReady, tasks } = this.ports.engine;
    const news: HealthNews = { state, isReady, tasks: tasks.map((task) => ({ state: task.state, lag: task.lag })) };
    await this.calls.ask(THREAD.health, news);
  }

  /** Answers what was accepted: the engine must still take it. May be called again. */
  async close(): Promise<void> {
    if (this.isClosing) return;
    this.isClosing = true;
    try {
      await this.calls.ask(THREAD.close);
    } finally {
      clearInterval(this.timer);
      await this.worker.terminate();
    }
  }

  private methods() {
    const { engine, queries, log } = this.ports;
    return {
      [MAIN.append]: async (message: RecordsMessage) => {
        await engine.append(unpackRecords(message));
      },
      [MAIN.assignment]: (key: string) => queries.assignment(key),
      [MAIN.timeline]: ({ key, options }: { readonly key: string; readonly options: TimelineOptions }) =>
        queries.timeline(key, options),
      [MAIN.rejected]: (rejected: RejectedRequests) => log.warn("webhooks were rejected", { ...rejected }),
      [MAIN.writeFailed]: (error: string) => log.error("webhooks could not be written", { error }),
      [MAIN.requestFailed]: (error: string) => log.error("a request failed", { error }),
    };
  }
}
