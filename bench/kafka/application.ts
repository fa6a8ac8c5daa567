/** What one run has for itself: topics, an application id, a folder for each instance; and what a benchmark asks about them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareTopics, wantedTopics } from "../../runtime/kafka/topics.js";
import { Cluster, Deadline, deleteTopics, findOffsets, type TopicPartition } from "../../runtime/kafka/wire/index.js";
import { productTopology, type TopicNames, topicNames } from "../../topology/index.js";
import type { Servers } from "./servers.js";

export type Guarantee = "exactly_once" | "at_least_once";

const WITHIN_MS = 60_000;
const RETENTION_MS = 7 * 24 * 60 * 60 * 1_000;
const CHANNEL = "bench";

let applications = 0;

export class Application {
  readonly names: TopicNames;
  readonly cluster: Cluster;
  private readonly folders: string[] = [];

  private constructor(
    readonly servers: Servers,
    readonly id: string,
    readonly partitions: number,
  ) {
    this.names = topicNames({ prefix: this.prefix, applicationId: id });
    this.cluster = new Cluster({ brokers: servers.bootstrap.split(","), clientId: "bench" });
  }

  /** Its topics are there. */
  static async make(servers: Servers, partitions: number): Promise<Application> {
    const application = new Application(servers, `bench-${++applications}`, partitions);
    const wanted = wantedTopics(application.topics, { replicationFactor: 1, retentionMs: RETENTION_MS });
    await prepareTopics(application.cluster, wanted, {
      create: true,
      deadline: new Deadline(WITHIN_MS),
      channel: CHANNEL,
    });
    return application;
  }

  get prefix(): string {
    return `${this.id}-`;
  }

  /** A new one with each call. */
  newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "queue-ratchet-bench-"));
    this.folders.push(folder);
    return folder;
  }

  /** All partitions of a topic. */
  places(...topics: readonly string[]): TopicPartition[] {
    const partitions = Array.from({ length: this.partitions }, (_, partition) => partition);
    return topics.flatMap((topic) => partitions.map((partition) => ({ topic, partition })));
  }

  /** By partition, in the order of `places`. Of what is committed. */
  async ends(places: readonly TopicPartition[]): Promise<number[]> {
    return this.offsets(places, "latest");
  }

  async starts(places: readonly TopicPartition[]): Promise<number[]> {
    return this.offsets(places, "earliest");
  }

  /** Folders and topics are gone, so that nothing of it is in the way of the next one. */
  async remove(): Promise<void> {
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
    const names = this.topics.map(({ name }) => name);
    await deleteTopics(this.cluster, names, { deadline: new Deadline(WITHIN_MS), channel: CHANNEL });
    await this.cluster.close();
  }

  private get topics() {
    const settings = { applicationId: this.id, topicPrefix: this.prefix, partitions: this.partitions };
    return productTopology({ ...settings, tenant: null, workItemStream: "present" }).topics;
  }

  private async offsets(places: readonly TopicPartition[], at: "earliest" | "latest"): Promise<number[]> {
    const options = { isolation: "read_committed", deadline: new Deadline(WITHIN_MS), channel: CHANNEL } as const;
    return (await findOffsets(this.cluster, places, at, options)).map(({ offset }) => offset ?? 0);
  }
}
