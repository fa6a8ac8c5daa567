/** Opens the Kafka engine with the settings of `start`. Loaded when it is needed only. */
import { KafkaEngine } from "../../runtime/kafka/index.js";
import { productTopology } from "../../topology/index.js";
import { clusterOptions, schemaRegistry } from "../kafka/connection.js";
import { crashPointsOf } from "./crash-points.js";
import {
  type EnginePorts,
  type EngineSettings,
  forgetAfterMs,
  HOUR_MS,
  MIB,
  type OpenedEngine,
} from "./engine-settings.js";

/** @throws UsageError, FolderInUseError, FolderIdentityError, StorageError, SchemaRegistryError, TopicsError, WireError */
export async function openKafka(settings: EngineSettings, { observer, log }: EnginePorts): Promise<OpenedEngine> {
  const cluster = await clusterOptions(settings);
  const registry = schemaRegistry(settings);
  log.info("connecting to Kafka", { brokers: cluster.brokers.join() });
  const cacheBytes = settings.cacheMb * MIB;
  const engine = await KafkaEngine.open({
    topology: productTopology({ ...settings, forgetAfterMs: forgetAfterMs(settings) }),
    folder: settings.dataDir,
    applicationId: settings.applicationId,
    topicPrefix: settings.topicPrefix,
    partitions: settings.partitions,
    replicationFactor: settings.replicationFactor,
    retentionMs: settings.retentionHours * HOUR_MS,
    cluster,
    registry,
    guarantee: settings.guarantee,
    sessionTimeoutMs: settings.sessionTimeoutMs,
    checkpointIntervalMs: settings.checkpointIntervalMs,
    maxTaskIdleMs: settings.maxTaskIdleMs,
    rowCacheBytes: cacheBytes,
    storeCacheBytes: cacheBytes,
    stallTimeoutMs: settings.stallTimeoutMs,
    expiredInput: settings.expiredInput,
    observer,
    crashPoints: crashPointsOf(process.env),
    log: (level, message, fields) => log[level](message, fields),
  });
  return { engine, queries: engine, live: null, isNew: false };
}
