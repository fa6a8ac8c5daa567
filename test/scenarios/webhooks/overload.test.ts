/** Twice as much as the service takes, by the clock: it takes about as much as ever, sends the rest away, and loses nothing. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { announce, setting } from "../../oracle/settings.js";
import { Load } from "../../support/http/load.js";
import { acceptedNumbers, type LoadOptions, type LoadReport, type Pace } from "../../support/http/load-protocol.js";
import { caughtUp, embeddedFlags, newFolder, PARTITIONS, type Running, running, SECRET } from "./support/running.js";
import { storedEvents } from "./support/stored-events.js";

const SECONDS = setting("OVERLOAD_SECONDS", 5);
const WARM_SECONDS = 1;
const BEST_SECONDS = Math.min(10, SECONDS / 2);
const PROBE_SECONDS = 2;
/** As many as wait in the service, at most: more than it takes to have it busy all the time. */
const BEST_CONNECTIONS = 512;
const OVERLOAD_CONNECTIONS = 4_000;
const CONVERSATIONS = 20_000;
const MAX_RSS_BYTES = 512 * 1024 * 1024;
const LOOK_EVERY_MS = 100;
/** Beside other tests both measurements say little: there, that it does not collapse. */
const IS_ALONE = SECONDS >= 60;
/** How often what was taken for the best may turn out not to be. */
const PROBES = IS_ALONE ? 4 : 1;
/** Of the best. The client needs about as much of the machine as the service; what others need of it meanwhile is left out in the long suite only. */
const KEPT_SHARE = process.env.LONG === "1" ? 0.8 : IS_ALONE ? 0.5 : 0.2;

beforeAll(() => announce("overload", { OVERLOAD_SECONDS: SECONDS }));

/** The most memory that the service had while it was looked at. */
class RssWatch {
  peakBytes = 0;
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS);

  constructor(private readonly pid: number | undefined) {
    onTestFinished(() => this.stop());
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    this.peakBytes = Math.max(this.peakBytes, kib * 1_024);
  }
}

class Client {
  private next = 0;
  readonly wanted: number[] = [];

  constructor(private readonly service: Running) {}

  async send(pace: Pace, seconds: number): Promise<LoadReport> {
    const { address } = this.service;
    const firstNumber = this.next;
    const conversations = CONVERSATIONS;
    const options: LoadOptions = { ...address, secret: SECRET, pace, seconds, firstNumber, conversations };
    const load = new Load(options);
    onTestFinished(() => load.kill());
    const report = await load.report();
    this.next += report.sent;
    // One by one: millions are more than a call takes.
    for (const number of acceptedNumbers(report, options)) this.wanted.push(number);
    return report;
  }
}

/** @returns requests per second: the best of what closed loops have, and of what twice that has when it turns out to be no overload */
async function bestOf(client: Client): Promise<number> {
  const closed = { kind: "closed", connections: BEST_CONNECTIONS } as const;
  await client.send(closed, WARM_SECONDS);
  let best = perSecond(await client.send(closed, BEST_SECONDS));
  for (let probe = 0; probe < PROBES; probe++) {
    const taken = perSecond(await client.send(overloadAt(best * 2), PROBE_SECONDS));
    if (taken < best * 1.2) break;
    best = taken;
  }
  return best;
}

const overloadAt = (rate: number): Pace => ({ kind: "open", perSecond: rate, connections: OVERLOAD_CONNECTIONS });

const perSecond = ({ statuses, elapsedMs }: LoadReport) => ((statuses[202] ?? 0) / elapsedMs) * 1_000;

describe("twice as much as the service takes", () => {
  it("is taken as far as it can be, and the rest is told to come again", {
    timeout: (SECONDS * 4 + 240) * 1_000,
  }, async () => {
    const folder = await newFolder();
    const service = await running(embeddedFlags(folder));
    const rss = new RssWatch(service.service.process.pid);
    const client = new Client(service);
    const best = await bestOf(client);
    const over = await client.send(overloadAt(best * 2), SECONDS);
    rss.stop();
    const { accepted: _, ...shown } = over;
    console.log(
      `overload: best ${Math.round(best)}/s, then ${Math.round(perSecond(over))}/s of ${Math.round(best * 2)}/s; ` +
        `RSS ${Math.round(rss.peakBytes / 2 ** 20)} MiB; ${JSON.stringify(shown)}`,
    );
    const { 202: taken = 0, 429: limited = 0, 503: away = 0, ...others } = over.statuses;
    expect(others).toEqual({});
    expect(over.failures).toEqual({});
    expect(taken + limited + away).toBe(over.sent);
    if (IS_ALONE) expect(limited + away).toBeGreaterThan(0);
    expect(rss.peakBytes).toBeLessThan(MAX_RSS_BYTES);
    expect(perSecond(over)).toBeGreaterThan(best * KEPT_SHARE);
    await caughtUp(service);
    service.service.kill("SIGTERM");
    expect(await service.service.ended).toEqual({ code: 0, signal: null });
    const { numbers, raw, processed } = await storedEvents(folder, PARTITIONS);
    expect(client.wanted.filter((number) => !numbers.has(number))).toEqual([]);
    expect(processed).toBe(raw);
  });
});
