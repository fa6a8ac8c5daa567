/** A Kafka cluster as a client sees it: its brokers, who leads and coordinates what, and connections to them. */
import type { ConnectionOptions } from "node:tls";
import { BrokerConnection } from "./connection.js";
import { type Deadline, retrying } from "./deadline.js";
import { brokerError, Code, RetriableError } from "./error-codes.js";
import { ClosedError, ConnectionError, WireError } from "./errors.js";
import type { PrivateLog, Sasl } from "./kafkajs-private.js";
import type { TopicPartition } from "./protocol/api.js";
import { type CoordinatorKind, findCoordinator } from "./protocol/groups.js";
import { type BrokerAddress, type MetadataResponse, metadata, type TopicMetadata } from "./protocol/metadata.js";

export interface ClusterOptions {
  /** `host:port`, of some brokers of the cluster. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Null (the default) is plain text. As node:tls has it: `ca`, `cert`, `key`, … */
  readonly tls?: ConnectionOptions | null;
  readonly sasl?: Sasl | null;
  /** Default: 10 s. */
  readonly connectTimeoutMs?: number;
  /** After which a request without an answer has failed and its connection is closed. Default: 30 s. */
  readonly requestTimeoutMs?: number;
  /** After which metadata are asked for anew, beside the work. Default: 5 min. */
  readonly metadataMaxAgeMs?: number;
  readonly log?: PrivateLog;
}

/** How the cluster is reached, for clients of other make. Holds secrets. */
export type ClusterSettings = Required<ClusterOptions>;

/** Who leads a partition, and what it is called there. */
export interface Leader {
  readonly nodeId: number;
  readonly epoch: number;
  readonly topicId: string;
}

const SEED_CHANNEL = "seed";
/** When metadata are too old and could not be had anew. */
const REFRESH_AGAIN_MS = 5_000;
const BOOTSTRAP_PORT = 9092;

/**
 * Knows topics once they were asked for. A broker works on the requests of one connection one after the other; a channel is a
 * set of connections of its own, one to each broker: what waits on one does not hold up another.
 */
export class Cluster {
  readonly #options: Required<Omit<ClusterOptions, "brokers">>;
  readonly #seeds: readonly BrokerAddress[];
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  /** Of the connections, those that are not made yet. */
  readonly #opening = new Set<Promise<BrokerConnection>>();
  readonly #coordinators = new Map<string, number>();
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #wanted = new Set<string>();
  #brokers = new Map<number, BrokerAddress>();
  #clusterId: string | null = null;
  #refreshing: Promise<void> | null = null;
  #refreshDueMs = Number.POSITIVE_INFINITY;
  #nextSeed = 0;
  #closed = false;

  constructor({ brokers, ...options }: ClusterOptions) {
    if (brokers.length === 0) throw new WireError("no broker was given: name one at least, as host:port");
    this.#seeds = brokers.map(seedAddress);
    this.#options = {
      tls: null,
      sasl: null,
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      metadataMaxAgeMs: 300_000,
      log: () => undefined,
      ...options,
    };
  }

  get settings(): ClusterSettings {
    return { ...this.#options, brokers: this.#seeds.map(({ host, port }) => `${host}:${port}`) };
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs;
  }

  /** What the cluster calls itself. */
  async clusterId(deadline: Deadline): Promise<string> {
    if (this.#clusterId === null) await retrying({ what: "reading the cluster's id", deadline }, () => this.refresh());
    if (this.#clusterId === null) throw new WireError("the cluster has no id");
    return this.#clusterId;
  }

  /** Nodes that are known. */
  get nodes(): readonly number[] {
    return [...this.#brokers.keys()];
  }

  /** The topic as last heard of; asks when it is not known yet. @throws RetriableError when the cluster does not have it */
  async topic(name: string): Promise<TopicMetadata> {
    const known = this.#known(name);
    if (known !== null) return known;
    this.#wanted.add(name);
    await this.refresh();
    const found = this.#known(name);
    if (found !== null) return found;
    throw brokerError(`topic ${name}`, this.#topics.get(name)?.errorCode ?? Code.unknownTopicOrPartition);
  }

  /** @throws RetriableError when there is none at the moment, or no such partition */
  async leader({ topic, partition }: TopicPartition): Promise<Leader> {
    return this.knownLeader({ topic, partition }) ?? leaderIn(await this.topic(topic), partition);
  }

  /** As far as known without asking. */
  knownLeader({ topic, partition }: TopicPartition): Leader | null {
    const found = this.#known(topic)?.partitions.find((one) => one.partition === partition);
    if (found === undefined || found.leader < 0) return null;
    return { nodeId: found.leader, epoch: found.leaderEpoch, topicId: this.#topics.get(topic)?.topicId ?? "" };
  }

  /** Asks anew for everything that was ever wanted. Calls at the same time are one. @throws ConnectionError */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshNow().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** After an error: looks up anew what it says has moved. Never throws: what cannot be looked up fails when it is used. */
  async recover(error: unknown): Promise<void> {
    const coordinator = error instanceof RetriableError && error.refresh === "coordinator";
    if (coordinator || error instanceof ConnectionError) this.#coordinators.clear();
    if (error instanceof ConnectionError) this.#nextSeed++;
    const leaders = error instanceof RetriableError && error.refresh === "leaders";
    if (leaders || error instanceof ConnectionError) await this.refresh().catch(() => undefined);
  }

  /** A connection to the node, made when there is none. @throws ConnectionError, AuthenticationError, ClosedError */
  async connection(nodeId: number, channel: string): Promise<BrokerConnection> {
    const address = this.#brokers.get(nodeId);
    if (address === undefined) throw new ConnectionError(`broker ${nodeId} is not known`);
    return this.#open(`${channel} ${nodeId} ${address.host}:${address.port}`, address);
  }

  /** @throws ConnectionError, RetriableError while there is no coordinator, and as brokerError */
  async coordinator(kind: CoordinatorKind, key: string, channel: string): Promise<BrokerConnection> {
    const name = `${kind} ${key}`;
    let nodeId = this.#coordinators.get(name);
    if (nodeId === undefined) {
      const found = await (await this.anyConnection()).request(findCoordinator, { kind, key });
      if (found.errorCode !== 0)
        throw brokerError(`finding the coordinator of ${name}`, found.errorCode, found.message);
      nodeId = found.nodeId;
      if (!this.#brokers.has(nodeId)) await this.refresh();
      this.#coordinators.set(name, nodeId);
    }
    try {
      return await this.connection(nodeId, channel);
    } catch (error) {
      this.#coordinators.delete(name);
      throw error;
    }
  }

  /** Closes the connections of a channel. */
  async closeChannel(channel: string): Promise<void> {
    await this.#closeWhere((key) => key.startsWith(`${channel} `));
  }

  /** Closes every connection; requests without an answer fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#closeWhere(() => true);
  }

  #known(name: string): TopicMetadata | null {
    this.#refreshWhenOld();
    const found = this.#topics.get(name);
    return found === undefined || found.errorCode !== 0 ? null : found;
  }

  /** In the background: what is known serves meanwhile, and what has moved is told by the brokers. */
  #refreshWhenOld(): void {
    const now = performance.now();
    if (this.#closed || now < this.#refreshDueMs) return;
    this.#refreshDueMs = now + REFRESH_AGAIN_MS;
    this.refresh().catch((error) =>
      this.#options.log("warn", `metadata are older than they should be: ${String(error)}`),
    );
  }

  async #refreshNow(): Promise<void> {
    const connection = await this.anyConnection();
    const answer: MetadataResponse = await connection
      .request(metadata, { topics: [...this.#wanted] })
      .catch((error: unknown) => {
        // One that hangs still takes connections: another is asked the next time.
        if (error instanceof ConnectionError) this.#nextSeed++;
        throw error;
      });
    this.#brokers = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
    this.#clusterId = answer.clusterId;
    for (const topic of answer.topics) this.#topics.set(topic.topic, newer(topic, this.#topics.get(topic.topic)));
    this.#refreshDueMs = performance.now() + this.#options.metadataMaxAgeMs;
  }

  /** A connection to any broker, the known ones first. */
  async anyConnection(): Promise<BrokerConnection> {
    const addresses = [...this.#brokers.values(), ...this.#seeds];
    let last: unknown;
    for (let tries = 0; tries < addresses.length; tries++) {
      const address = addresses[this.#nextSeed % addresses.length] as BrokerAddress;
      try {
        return await this.#open(`${SEED_CHANNEL} ${address.host}:${address.port}`, address);
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        this.#nextSeed++;
        last = error;
      }
    }
    throw new ConnectionError(
      `none of the brokers can be reached (${addresses.map(({ host, port }) => `${host}:${port}`).join(", ")}): ${String(last)}`,
      { cause: last },
    );
  }

  async #open(key: string, { host, port }: BrokerAddress): Promise<BrokerConnection> {
    if (this.#closed) throw new ClosedError("the cluster's connections are closed");
    const existing = this.#connections.get(key);
    if (existing !== undefined) {
      const connection = await existing;
      if (connection.usable) return connection;
      if (this.#connections.get(key) === existing) this.#connections.delete(key);
      return this.#open(key, { host, port, nodeId: -1 });
    }
    const opening = BrokerConnection.open({ ...this.#options, host, port });
    this.#connections.set(key, opening);
    this.#opening.add(opening);
    opening
      .catch(() => {
        if (this.#connections.get(key) === opening) this.#connections.delete(key);
      })
      .finally(() => this.#opening.delete(opening));
    return opening;
  }

  async #closeWhere(chosen: (key: string) => boolean): Promise<void> {
    const closing = [...this.#connections].filter(([key]) => chosen(key));
    for (const [key] of closing) this.#connections.delete(key);
    // One that could not be opened has been reported to whoever wanted it; one that is being opened is closed when it is.
    const closed = closing.map(([, opening]) => opening.then((one) => one.close()).catch(() => undefined));
    const opened = closing.flatMap(([, opening], index) => (this.#opening.has(opening) ? [] : [closed[index]]));
    await Promise.all(opened);
  }
}

/** A broker that has not heard the news yet must not undo it: the higher leader epoch is the truth, within one topic id. */
function newer(heard: TopicMetadata, known: TopicMetadata | undefined): TopicMetadata {
  if (known === undefined || known.topicId !== heard.topicId || heard.errorCode !== 0) return heard;
  const partitions = heard.partitions.map((one) => {
    const before = known.partitions.find(({ partition }) => partition === one.partition);
    return before !== undefined && before.leaderEpoch > one.leaderEpoch ? before : one;
  });
  return { ...heard, partitions };
}

function leaderIn(topic: TopicMetadata, partition: number): Leader {
  const found = topic.partitions.find((one) => one.partition === partition);
  if (found === undefined) throw brokerError(`${topic.topic}-${partition}`, Code.unknownTopicOrPartition);
  if (found.leader < 0) throw brokerError(`${topic.topic}-${partition}`, found.errorCode === 0 ? 5 : found.errorCode);
  return { nodeId: found.leader, epoch: found.leaderEpoch, topicId: topic.topicId };
}

/** @throws WireError for what is not `host:port` */
function seedAddress(broker: string): BrokerAddress {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(broker.trim());
  const host = match?.groups?.v6 ?? match?.groups?.host;
  const port = Number(match?.groups?.port ?? BOOTSTRAP_PORT);
  if (host === undefined || port < 1 || port > 65_535) throw new WireError(`${broker} is not host:port`);
  return { nodeId: -1, host, port };
}
