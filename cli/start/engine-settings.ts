/** The settings of an engine, and what is handed to it and got from it when it is opened. */
import type { Engine } from "../../runtime/engine.js";
import type { LiveApplication } from "../../runtime/live/index.js";
import type { TaskObserver } from "../../runtime/observer.js";
import type { QueryPort } from "../../runtime/queries/index.js";
import type { ProductOutcome } from "../../topology/index.js";
import { UsageError } from "../errors.js";
import { CLUSTER_SETTINGS, REGISTRY_SETTINGS } from "../kafka/settings.js";
import type { SettingValues } from "../settings/index.js";
import type { ServiceLog } from "./log.js";

export const ENGINE_SETTINGS = [
  "engine",
  "dataDir",
  "applicationId",
  "topicPrefix",
  "partitions",
  "workItemStream",
  "tenant",
  "checkpointIntervalMs",
  "maxTaskIdleMs",
  "upgradeFrom",
  "retentionHours",
  "forgetAfter",
  "cacheMb",
  ...CLUSTER_SETTINGS,
  ...REGISTRY_SETTINGS,
  "replicationFactor",
  "guarantee",
  "sessionTimeoutMs",
  "expiredInput",
  "stallTimeoutMs",
] as const;
export type EngineSettings = SettingValues<(typeof ENGINE_SETTINGS)[number]>;

export interface EnginePorts {
  readonly observer: TaskObserver<ProductOutcome>;
  readonly log: ServiceLog;
}

export interface OpenedEngine {
  readonly engine: Engine;
  readonly queries: QueryPort;
  /** For the operator endpoint; null where tools read the brokers themselves. */
  readonly live: LiveApplication | null;
  /** Whether nothing ever came in, as far as one data folder can tell. */
  readonly isNew: boolean;
}

export const HOUR_MS = 60 * 60 * 1_000;
export const MIB = 1024 * 1024;

/** Null: never. @throws UsageError while instances run that cannot read what it writes */
export function forgetAfterMs({ forgetAfter, upgradeFrom }: EngineSettings): number | null {
  if (forgetAfter !== null && upgradeFrom !== null)
    throw new UsageError(
      `--forget-after: not together with --upgrade-from ${upgradeFrom}, which cannot read a changelog with removed rows: first upgrade all instances`,
    );
  return forgetAfter === null ? null : forgetAfter * HOUR_MS;
}
