/** What became of the requests of a load client. */
import { createHistogram, performance } from "node:perf_hooks";
import type { LoadReport } from "./load-protocol.js";

const GROWS_BY_BYTES = 65_536;
const NS_PER_MS = 1e6;

export class LoadTally {
  sent = 0;
  unsent = 0;
  connections = 0;
  private readonly statuses: Record<string, number> = {};
  private readonly failures: Record<string, number> = {};
  private readonly latency = createHistogram();
  private beganMs = performance.now();
  private lastAnswerMs = this.beganMs;
  private accepted = Buffer.alloc(GROWS_BY_BYTES);

  begin(): void {
    this.beganMs = performance.now();
  }

  answered(index: number, status: number, latencyMs: number): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.lastAnswerMs = performance.now();
    if (status !== 202) return;
    this.latency.record(Math.max(1, Math.round(latencyMs * NS_PER_MS)));
    this.mark(index);
  }

  failed(error: string): void {
    this.failures[error] = (this.failures[error] ?? 0) + 1;
  }

  report(): LoadReport {
    const ms = (percentile: number) => this.latency.percentile(percentile) / NS_PER_MS;
    return {
      sent: this.sent,
      unsent: this.unsent,
      statuses: this.statuses,
      failures: this.failures,
      elapsedMs: this.lastAnswerMs - this.beganMs,
      latencyMs: { p50: ms(50), p99: ms(99), p999: ms(99.9), max: this.latency.max / NS_PER_MS },
      connections: this.connections,
      busy: performance.eventLoopUtilization().utilization,
      accepted: this.accepted.subarray(0, Math.ceil(this.sent / 8)).toString("base64"),
    };
  }

  private mark(index: number): void {
    const at = index >> 3;
    while (at >= this.accepted.length) this.accepted = Buffer.concat([this.accepted, Buffer.alloc(GROWS_BY_BYTES)]);
    this.accepted.writeUInt8(this.accepted.readUInt8(at) | (1 << (index & 7)), at);
  }
}
