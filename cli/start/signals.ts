/** SIGINT and SIGTERM ask the service to stop; asking again changes nothing, and says so. */
import type { ServiceLog } from "./log.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export class StopSignals {
  /** Resolves at the first one. */
  readonly asked: Promise<void>;
  private readonly listener: (signal: NodeJS.Signals) => void;

  constructor(log: ServiceLog) {
    let ask: () => void = () => undefined;
    this.asked = new Promise((resolve) => {
      ask = resolve;
    });
    let wasAsked = false;
    this.listener = (signal) => {
      log.info(wasAsked ? "stopping already" : "asked to stop", { signal });
      wasAsked = true;
      ask();
    };
    for (const signal of SIGNALS) process.on(signal, this.listener);
  }

  /** Signals end the process again. */
  release(): void {
    for (const signal of SIGNALS) process.off(signal, this.listener);
  }
}
