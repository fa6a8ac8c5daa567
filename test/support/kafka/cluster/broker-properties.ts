/** The settings of a broker: those of its place in the cluster, and those that make it quick enough for tests. */
import type { ListenerName, Ports } from "./listeners.js";

export type Properties = Readonly<Record<string, string | number | boolean>>;

export interface BrokerPlace {
  readonly id: number;
  readonly dataFolder: string;
  /** Of all brokers, this one included, by id - 1. */
  readonly ports: readonly Pick<Ports, Extract<ListenerName, "CONTROLLER">>[];
}

export function placeProperties({ id, dataFolder, ports }: BrokerPlace): Properties {
  return {
    "process.roles": "broker,controller",
    "node.id": id,
    "broker.rack": `rack-${id}`,
    "log.dirs": dataFolder,
    "controller.quorum.voters": ports.map(({ CONTROLLER }, index) => `${index + 1}@127.0.0.1:${CONTROLLER}`).join(","),
  };
}

export function testProperties(brokers: number): Properties {
  const copies = Math.min(3, brokers);
  const inSync = Math.max(1, copies - 1);
  return {
    "auto.create.topics.enable": false,
    "num.partitions": 1,
    "default.replication.factor": copies,
    "min.insync.replicas": inSync,
    // With the defaults, 50 partitions each are made when the first group or transaction comes.
    "offsets.topic.num.partitions": 4,
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.num.partitions": 4,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": inSync,
    "share.coordinator.state.topic.num.partitions": 1,
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": 1,
    // A group begins at once, and a member may be declared dead soon.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1_000,
    // How long a killed broker counts as there, to the controller and to itself when it comes back: 9 s by default.
    "broker.session.timeout.ms": 3_000,
    "controlled.shutdown.enable": brokers > 1,
    // Retention and compaction act while a test waits for them, but on no topic that has not asked for it: records of tests
    // are dated as it suits them, and those of 1970 would be gone at the next look.
    "log.retention.ms": -1,
    "log.retention.check.interval.ms": 1_000,
    "log.cleaner.backoff.ms": 200,
    "log.cleaner.dedupe.buffer.size": 4 * 1_024 * 1_024,
    "log.cleaner.io.buffer.size": 64 * 1_024,
    "num.network.threads": 2,
    "num.io.threads": 4,
  };
}

export function propertiesFile(properties: Properties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
