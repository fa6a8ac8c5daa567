/** Which settings it takes to find an application's state. Apart from what uses them, which takes long to load. */
import { CLUSTER_SETTINGS, REGISTRY_SETTINGS } from "../kafka/settings.js";
import type { SettingValues } from "../settings/index.js";

export const RESET_SETTINGS = [
  "engine",
  "dataDir",
  "applicationId",
  "topicPrefix",
  "partitions",
  ...CLUSTER_SETTINGS,
  // Not needed, and taken all the same: what is given to start can be given here.
  ...REGISTRY_SETTINGS,
] as const;
export type ResetSettings = SettingValues<(typeof RESET_SETTINGS)[number]>;
