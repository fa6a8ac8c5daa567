/** What bodies of webhooks may take up, from their first byte until they are durable. */

export interface BudgetLimits {
  readonly maxBytes: number;
  readonly maxRequests: number;
}

export class Budget {
  private bytes = 0;
  private requests = 0;

  constructor(readonly limits: BudgetLimits) {}

  get usedBytes(): number {
    return this.bytes;
  }

  /** Whether another request would be refused. */
  get isFull(): boolean {
    return this.requests >= this.limits.maxRequests || this.bytes >= this.limits.maxBytes;
  }

  /** A request's share, empty yet; null when there is room for no more requests. */
  enter(): Share | null {
    if (this.isFull) return null;
    this.requests += 1;
    return new Share(
      (bytes) => this.take(bytes),
      (bytes) => {
        this.requests -= 1;
        this.bytes -= bytes;
      },
    );
  }

  private take(bytes: number): boolean {
    if (this.bytes + bytes > this.limits.maxBytes) return false;
    this.bytes += bytes;
    return true;
  }
}

/** What one request has taken. */
export class Share {
  private held = 0;
  private released = false;

  constructor(
    private readonly take: (bytes: number) => boolean,
    private readonly giveBack: (bytes: number) => void,
  ) {}

  /** False when there is no room: then nothing was taken. */
  grow(bytes: number): boolean {
    if (this.released || !this.take(bytes)) return false;
    this.held += bytes;
    return true;
  }

  /** May be called again. */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.giveBack(this.held);
  }
}
