/** Starts the producer, in a process of its own: what it costs is in no measured process. */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Application } from "./application.js";
import { startChild } from "./children.js";
import type { ProducerSettings, ProducerStage } from "./producer.js";

const PROGRAM = fileURLToPath(new URL("producer.js", import.meta.url));

export type Load = Pick<ProducerSettings, "conversations" | "atOnce" | "perSecond" | "seconds">;

export interface Producer {
  /** When the steady flow began, and all before it was written (epoch ms). */
  readonly steady: Promise<number>;
  /** How many were sent in the steady flow, all of them acknowledged. @throws Error when it failed */
  readonly done: Promise<number>;
  /** What it has not sent is not sent. */
  readonly stop: () => void;
}

export function produce({ servers, prefix, partitions }: Application, load: Load): Producer {
  const { bootstrap, registryUrl } = servers;
  const settings: ProducerSettings = { bootstrap, registryUrl, prefix, partitions, ...load };
  const child = startChild([PROGRAM, JSON.stringify(settings)]);
  let isSteady: (fromMs: number) => void = () => undefined;
  let neverSteady: (error: Error) => void = () => undefined;
  const steady = new Promise<number>((resolve, reject) => {
    isSteady = resolve;
    neverSteady = reject;
  });
  let sent: number | null = null;
  let stopped = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const stage: ProducerStage = JSON.parse(line);
    if (stage.stage === "steady") isSteady(stage.fromMs);
    if (stage.stage === "sent") sent = stage.events;
  });
  const done = new Promise<number>((resolve, reject) => {
    child.on("close", (code) => {
      const failure = new Error(`the producer ended with ${code}`);
      neverSteady(failure);
      if (sent !== null || stopped) resolve(sent ?? 0);
      else reject(failure);
    });
  });
  steady.catch(() => undefined);
  done.catch(() => undefined);
  const stop = () => {
    stopped = true;
    child.kill("SIGKILL");
  };
  return { steady, done, stop };
}

/** Returns once all are written. @throws Error */
export async function writeEvents(application: Application, events: number, conversations: number): Promise<void> {
  await produce(application, { conversations, atOnce: events, perSecond: 0, seconds: 0 }).done;
}
