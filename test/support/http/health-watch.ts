/**
 * A process that asks servers again and again, on a connection that is kept or on a new one each time, and says how long the
 * slowest answers took: `node health-watch.js {"asked": [{"url": …, "keeps": true}], "everyMs": 50}`.
 */
import { Agent, request } from "node:http";

export interface Asked {
  readonly url: string;
  /** Whether the connection is kept from one question to the next. */
  readonly keeps: boolean;
}

export interface WatchOptions {
  readonly asked: readonly Asked[];
  readonly everyMs: number;
}

export interface Watched extends Asked {
  readonly count: number;
  readonly failed: readonly string[];
  readonly p99Ms: number;
  readonly worstMs: number;
}

const { asked, everyMs }: WatchOptions = JSON.parse(process.argv[2] ?? "");

function ask(url: string, agent: Agent | false): Promise<number> {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now();
    const asking = request(url, { agent }, (response) => {
      const tookMs = performance.now() - beganMs;
      response.resume();
      if (response.statusCode === 200) resolve(tookMs);
      else reject(new Error(`status ${response.statusCode}`));
    });
    asking.on("error", reject).end();
  });
}

class Series {
  private readonly times: number[] = [];
  private readonly failed: string[] = [];
  private readonly agent: Agent | false;
  private count = 0;

  constructor(private readonly asked: Asked) {
    this.agent = asked.keeps ? new Agent({ keepAlive: true }) : false;
  }

  async ask(): Promise<void> {
    this.count += 1;
    try {
      this.times.push(await ask(this.asked.url, this.agent));
    } catch (error) {
      this.failed.push(String(error));
    }
  }

  watched(): Watched {
    const sorted = this.times.toSorted((one, other) => one - other);
    const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
    const { asked, count, failed } = this;
    return { ...asked, count, failed, p99Ms, worstMs: sorted.at(-1) ?? Number.NaN };
  }
}

const series = asked.map((one) => new Series(one));
const underWay = new Set<Promise<void>>();
const timer = setInterval(() => {
  for (const one of series) {
    const asking = one.ask().finally(() => underWay.delete(asking));
    underWay.add(asking);
  }
}, everyMs);

process.stdin
  .on("end", async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    process.stdout.write(`watched ${JSON.stringify(series.map((one) => one.watched()))}\n`, () => process.exit(0));
  })
  .resume();
process.stdout.write("began\n");
