/** Which settings it takes to reach the brokers, and which for the registry. Apart from what uses them, which takes long to load. */
import type { SettingName, SettingValues } from "../settings/index.js";

export const CLUSTER_SETTINGS = [
  "brokers",
  "kafkaTls",
  "kafkaCaFile",
  "kafkaCertFile",
  "kafkaKeyFile",
  "kafkaSaslMechanism",
  "kafkaUsername",
  "kafkaPassword",
] as const satisfies readonly SettingName[];
export type ClusterSettings = SettingValues<(typeof CLUSTER_SETTINGS)[number]>;

export const REGISTRY_SETTINGS = [
  "registryUrl",
  "registryUsername",
  "registryPassword",
] as const satisfies readonly SettingName[];
export type RegistrySettings = SettingValues<(typeof REGISTRY_SETTINGS)[number]>;
