/** Which settings it takes to find a live application. Apart from what uses them, which takes long to load. */
import { CLUSTER_SETTINGS, REGISTRY_SETTINGS } from "../kafka/settings.js";
import type { SettingValues } from "../settings/index.js";

export const LIVE_SETTINGS = [
  "engine",
  "dataDir",
  "applicationId",
  "topicPrefix",
  "partitions",
  ...CLUSTER_SETTINGS,
  // Not needed for bytes as they are, and taken all the same: what is given to start can be given here.
  ...REGISTRY_SETTINGS,
] as const;
export type LiveSettings = SettingValues<(typeof LIVE_SETTINGS)[number]>;
