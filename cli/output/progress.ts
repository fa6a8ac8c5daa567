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

  /** @param total how many there will be, when that is known */
  update(count: number, total: number | null = null): void {
    const nowMs = this.now();
    if (nowMs < this.nextMs) return;
    this.nextMs = nowMs + (this.stream.isTTY ? IN_PLACE_EVERY_MS : LINE_EVERY_MS);
    const rate = this.rate(count, nowMs);
    const of = total === null ? "" : ` of ${formatCount(total)}`;
    const text = `${formatCount(count)}${of} ${this.noun}, ${formatCount(rate)}/s${timeLeft(count, total, rate)}`;
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

function timeLeft(count: number, total: number | null, rate: number): string {
  if (total === null || rate === 0 || count >= total) return "";
  const seconds = Math.ceil((total - count) / rate);
  if (seconds < 120) return `, about ${seconds} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `, about ${minutes} min left` : `, about ${Math.ceil(minutes / 60)} h left`;
}
