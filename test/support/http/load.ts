/** A load client in a process of its own. */
import { Child } from "./child.js";
import type { LoadOptions, LoadReport } from "./load-protocol.js";

export class Load {
  private readonly child: Child;

  constructor(readonly options: LoadOptions) {
    this.child = new Child("load-client", options);
  }

  /** Resolves when it sends. */
  async began(): Promise<void> {
    await this.child.said("began");
  }

  /** Resolves when its time is over, and what it sent is answered. */
  async report(): Promise<LoadReport> {
    return JSON.parse(await this.child.said("report"));
  }

  stop(): Promise<LoadReport> {
    this.child.stop();
    return this.report();
  }

  kill(): void {
    this.child.kill();
  }
}
