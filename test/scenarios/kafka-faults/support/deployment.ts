/** One application on a cluster: its instances, the events that are sent to it, and whether everything came of them that had to, once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { Traffic } from "../../../faults/load/traffic.js";
import { randomNumbers, SEED } from "../../../oracle/settings.js";
import { uniqueTopic, until } from "../../../support/kafka/index.js";
import { patient } from "../../../support/patience.js";
import { type RunningService, startService } from "../../../support/service.js";
import {
  type Application,
  awaitNoLag,
  type Delivery,
  describeViolation,
  Findings,
  type Reader,
  readLocalStore,
  topicsOf,
  verify,
} from "../../../support/verifier/index.js";

export interface Servers {
  /** For what the test itself does. */
  readonly reader: Reader;
  /** For the instances: perhaps through proxies. */
  readonly brokers: string;
  readonly registryUrl: string;
}

export interface InstanceOptions {
  /** Its data folder, by a name; the same name is the same folder. Default: data. */
  readonly folder?: string;
  /** Other than the deployment's. */
  readonly brokers?: string;
  readonly registryUrl?: string;
  /** More, or other, flags. The last one of a name counts. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const PARTITIONS = 2;
const CONVERSATIONS = 40;
const RULE = { workItemStream: "present" } as const;
const AT_REST_WITHIN_MS = 40_000;
const READY_WITHIN_MS = 60_000;

export class Deployment {
  readonly application: Application;
  readonly topics: ReturnType<typeof topicsOf>;
  private readonly deliveries = new Map<string, Delivery>();
  private readonly traffic = new Traffic(randomNumbers(SEED), CONVERSATIONS);

  private constructor(
    private readonly servers: Servers,
    /** Holds the data folders. */
    readonly root: string,
  ) {
    const name = uniqueTopic("faults");
    this.application = { applicationId: name, topicPrefix: `${name}-`, partitions: PARTITIONS };
    this.topics = topicsOf(this.application);
  }

  /** Its folders are gone when the test is finished. */
  static async make(servers: Servers): Promise<Deployment> {
    const root = await mkdtemp(join(tmpdir(), "queue-ratchet-kafka-faults-"));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    return new Deployment(servers, root);
  }

  folder(name = "data"): string {
    return join(this.root, name);
  }

  /** The settings of an instance, for `start` and for other commands. */
  flags({ folder, brokers, registryUrl, args = [] }: InstanceOptions = {}): string[] {
    const { applicationId, topicPrefix, partitions } = this.application;
    const settings = {
      engine: "kafka",
      brokers: brokers ?? this.servers.brokers,
      "registry-url": registryUrl ?? this.servers.registryUrl,
      "data-dir": this.folder(folder),
      "application-id": applicationId,
      "topic-prefix": topicPrefix,
      partitions,
      "session-timeout-ms": 3_000,
    };
    return [...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]), ...args];
  }

  start(options: InstanceOptions = {}): RunningService {
    return startService(this.flags(options), { env: { NO_COLOR: "1", ...options.env } });
  }

  /** One that has come to process everything: its tasks run. */
  async started(options: InstanceOptions = {}): Promise<RunningService> {
    const service = this.start(options);
    const isReady = () => logged(service, "ready").length > 0;
    await until(() => isReady() || service.process.exitCode !== null, READY_WITHIN_MS);
    expect(isReady(), lastLines(service)).toBe(true);
    return service;
  }

  /** Resolves once the brokers have the events, in the topic of raw ones. */
  async send(count: number): Promise<void> {
    const sent = Array.from({ length: count }, () => this.traffic.next());
    const receivedAt = String(Date.now());
    const records = sent.map(({ id, source, key, body }) => ({
      topic: this.topics.raw,
      key,
      value: body,
      headers: Object.entries({ source, "delivery-id": id, "received-at": receivedAt }),
    }));
    const places = await this.servers.reader.append(records);
    for (const [index, { id, outcome }] of sent.entries())
      this.deliveries.set(id, { id, outcome, place: places[index] ?? null });
  }

  /** Everything that was sent is processed. @returns how long that took (ms) */
  async atRest(withinMs = AT_REST_WITHIN_MS): Promise<number> {
    const findings = new Findings();
    const tookMs = await awaitNoLag(findings, this.servers.reader, this.application, withinMs);
    expect(findings.violations.map(describeViolation)).toEqual([]);
    return tookMs ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Nothing is lost and nothing came twice: the instances are stopped.
   * @param folders of theirs, by name
   * @param foreign what the test itself has written beside the events that it sent
   */
  async expectRight(folders: readonly string[] = ["data"], foreign?: RegExp): Promise<void> {
    const found = await this.violations(folders);
    expect(found.filter((one) => foreign?.test(one) !== true)).toEqual([]);
  }

  private async violations(folders: readonly string[]): Promise<string[]> {
    const { application, deliveries, servers } = this;
    const stores = [];
    for (const name of folders) stores.push(await readLocalStore(this.folder(name), application.partitions));
    const findings = new Findings();
    await verify(findings, { reader: servers.reader, application, deliveries, stores, options: RULE });
    return findings.violations.map(describeViolation);
  }

  /** Where each conversation is, is right; it may have taken more decisions than were needed. The instances are stopped. */
  async expectFinal(): Promise<void> {
    const found = await this.violations(["data"]);
    // What was processed twice has led to twice the joined records and decisions, and to no other rows (R1).
    expect(found.filter((one) => !/^I[18] /.test(one))).toEqual([]);
  }

  /** What it has at rest is right, and it stops as it was asked to. */
  async expectGoesOn(service: RunningService, folders: readonly string[] = ["data"]): Promise<void> {
    await this.atRest();
    await expectStops(service);
    await this.expectRight(folders);
  }
}

export const STOPS_WITHIN_MS = 10_000;

/** @returns how long it took (ms) */
export async function expectStops(service: RunningService): Promise<number> {
  const beganMs = performance.now();
  service.kill("SIGTERM");
  const ended = await service.ended;
  const tookMs = performance.now() - beganMs;
  expect(ended, lastLines(service)).toEqual({ code: 0, signal: null });
  expect(tookMs, lastLines(service)).toBeLessThan(patient(STOPS_WITHIN_MS));
  return tookMs;
}

/** It ends with 1 and says once why, and what to do. @returns what it said on standard error */
export async function expectFails(service: RunningService, message: RegExp): Promise<string> {
  expect(await service.ended, lastLines(service)).toEqual({ code: 1, signal: null });
  const said = service.lines.filter((line) => !line.startsWith("{"));
  const text = said.join("\n");
  expect(text, lastLines(service)).toMatch(message);
  expect(text).not.toContain("    at ");
  expect(said.filter((line) => line.startsWith("queue-ratchet:"))).toHaveLength(1);
  return text;
}

export function lastLines({ lines }: RunningService): string {
  return lines.slice(-25).join("\n");
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly because?: string;
  readonly task?: string;
  readonly records?: number;
}

/** What it has logged with this message. */
export function logged({ lines }: RunningService, message: string): LogLine[] {
  return lines
    .filter((line) => line.startsWith("{"))
    .map((line): LogLine => JSON.parse(line))
    .filter(({ msg }) => msg === message);
}
