/** Says how far a long run has come, on standard error: in place on a terminal, a line now and then elsewhere. */
import { formatCount } from "./text.js";

const IN_PLACE_EVERY_MS = 200;
const LINE_EVERY_MS = 10_000;
/** A run that is shorter says nothing. */
const FIRST_AFTER_MS = 1_000;
const CLEAR_LINE = "\r\u001b[2K";

export class Progress {
  private readonly startedMs: number;
  private nextMs: number;
  private shown = false;

  constructor(
    private readonly stream: { readonly isTTY?: boolean; write(text: string): unknown },
    private readonly noun: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedMs = now();
    this.nextMs = this.startedMs + (stream.isTTY ? FIRST_AFTER_MS : LINE_EVERY_MS);
  }

  update(count: number): void {
    const nowMs = this.now();
    if (nowMs < this.nextMs) return;
    this.nextMs = nowMs + (this.stream.isTTY ? IN_PLACE_EVERY_MS : LINE_EVERY_MS);
    const text = `${formatCount(count)} ${this.noun}, ${formatCount(this.rate(count, nowMs))}/s`;
    this.stream.write(this.stream.isTTY ? `${CLEAR_LINE}${text}` : `${text}\n`);
    this.shown = true;
  }

  /** Takes the line in place away, so that other output starts on a clean one. */
  clear(): void {
    if (this.shown && this.stream.isTTY) this.stream.write(CLEAR_LINE);
    this.shown = false;
  }

  private rate(count: number, nowMs: number): number {
    const seconds = (nowMs - this.startedMs) / 1_000;
    return seconds > 0 ? Math.round(count / seconds) : 0;
  }
}
