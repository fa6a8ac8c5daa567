/** Counts per record at the price of an addition: prom-client, which hashes labels at each call, is told per checkpoint. */
import type { Counter } from "prom-client";

export class Sum {
  private gathered = 0;

  constructor(private readonly counter: Counter.Internal) {}

  add(): void {
    this.gathered += 1;
  }

  flush(): void {
    if (this.gathered === 0) return;
    this.counter.inc(this.gathered);
    this.gathered = 0;
  }
}

/** One sum per value of a label. Who adds sees to it that there are few. */
export class Tally {
  private readonly sums = new Map<string, Sum>();

  constructor(private readonly counterOf: (value: string) => Counter.Internal) {}

  add(value: string): void {
    let sum = this.sums.get(value);
    if (sum === undefined) {
      sum = new Sum(this.counterOf(value));
      this.sums.set(value, sum);
    }
    sum.add();
  }

  flush(): void {
    for (const sum of this.sums.values()) sum.flush();
  }
}
