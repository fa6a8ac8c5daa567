/** Retention and compaction in the background: one bounded step of one partition at a time. */
import { setTimeout as delay } from "node:timers/promises";
import { CommitterClosedError } from "../committer.js";
import { Compaction } from "./compaction.js";
import type { PartitionLog } from "./partition-log.js";
import { type CleanerPorts, Retention } from "./retention.js";
import type { CompactionSettings } from "./topic-settings.js";

/** Between two looks when there was nothing to do. */
const IDLE_MS = 5_000;
/** Between two steps: the service goes first. */
const PAUSE_MS = 5;

export class Maintenance {
  private readonly cleaners: readonly (Retention | Compaction)[];
  private next = 0;
  private running: { readonly stop: AbortController; readonly done: Promise<void> } | null = null;

  constructor(ports: CleanerPorts, logs: readonly PartitionLog[], settings: CompactionSettings) {
    this.cleaners = logs.map((log) =>
      log.topic.cleanup === "compact" ? new Compaction(ports, log, settings) : new Retention(ports, log),
    );
  }

  /**
   * The next partition that has something to do does a bounded piece of it.
   * @returns whether there was any. @throws StorageError, CommitterClosedError
   */
  async step(): Promise<boolean> {
    for (let tried = 0; tried < this.cleaners.length; tried++) {
      const cleaner = this.cleaners[this.next];
      this.next = (this.next + 1) % this.cleaners.length;
      if (cleaner !== undefined && (await cleaner.step())) return true;
    }
    return false;
  }

  /** Steps until `stop`. @param onFailure told once when a step fails; it ends then. */
  start(onFailure: (error: unknown) => void): void {
    if (this.running !== null) throw new Error("maintenance is running");
    const stop = new AbortController();
    this.running = { stop, done: this.run(stop.signal, onFailure) };
  }

  /** Waits for the step at hand. */
  async stop(): Promise<void> {
    this.running?.stop.abort();
    await this.running?.done;
    this.running = null;
  }

  private async run(signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void> {
    try {
      while (!signal.aborted) {
        const worked = await this.step();
        await pause(worked ? PAUSE_MS : IDLE_MS, signal);
      }
    } catch (error) {
      if (!(error instanceof CommitterClosedError)) onFailure(error);
    }
  }
}

async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(timeMs, undefined, { signal, ref: false });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
