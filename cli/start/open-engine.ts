/** Opens the engine that the settings name. */
import { EmbeddedEngine, type Log, liveApplication, queryPort } from "../../runtime/embedded/index.js";
import { productTopology, topicNames } from "../../topology/index.js";
import { crashPointsOf } from "./crash-points.js";
import {
  type EnginePorts,
  type EngineSettings,
  forgetAfterMs,
  HOUR_MS,
  MIB,
  type OpenedEngine,
} from "./engine-settings.js";

/**
 * Nothing runs yet.
 * @throws FolderInUseError, FolderIdentityError, StorageError, SchemaRegistryError, UsageError, TopicsError, WireError
 */
export async function openEngine(settings: EngineSettings, ports: EnginePorts): Promise<OpenedEngine> {
  if (settings.engine === "embedded") return openEmbedded(settings, ports);
  // What connects to Kafka takes as long to load as all the rest.
  const { openKafka } = await import("./open-kafka.js");
  return openKafka(settings, ports);
}

async function openEmbedded(settings: EngineSettings, { observer }: EnginePorts): Promise<OpenedEngine> {
  const engine = await EmbeddedEngine.open({
    topology: productTopology({ ...settings, forgetAfterMs: forgetAfterMs(settings) }),
    folder: settings.dataDir,
    applicationId: settings.applicationId,
    topicPrefix: settings.topicPrefix,
    partitions: settings.partitions,
    retention: () => ({ retentionMs: settings.retentionHours * HOUR_MS }),
    observer,
    runner: { checkpointIntervalMs: settings.checkpointIntervalMs, maxTaskIdleMs: settings.maxTaskIdleMs },
    rowCacheBytes: settings.cacheMb * MIB,
    storage: { cacheBytes: settings.cacheMb * MIB, crashPoints: crashPointsOf(process.env) },
  });
  return { engine, queries: queryPort(engine), live: liveApplication(engine), isNew: hasNoInput(engine.log, settings) };
}

function hasNoInput(log: Log, { topicPrefix: prefix, applicationId }: EngineSettings): boolean {
  const { rawEvents, conversationEvents, workItemEvents } = topicNames({ prefix, applicationId });
  const inputs: readonly string[] = [rawEvents, conversationEvents, workItemEvents];
  return log.partitions().every(({ topic, endOffset }) => endOffset === 0 || !inputs.includes(topic));
}
