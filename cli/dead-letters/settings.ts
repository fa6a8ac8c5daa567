/** Which settings it takes to find the dead letters. Apart from what uses them, which takes long to load. */
import { CLUSTER_SETTINGS, REGISTRY_SETTINGS } from "../kafka/settings.js";
import type { SettingValues } from "../settings/index.js";

export const DEAD_LETTERS_SETTINGS = [
  "engine",
  "dataDir",
  "applicationId",
  "topicPrefix",
  "partitions",
  ...CLUSTER_SETTINGS,
  // Not needed for bytes as they are, and taken all the same: what is given to start can be given here.
  ...REGISTRY_SETTINGS,
] as const;
export type DeadLettersSettings = SettingValues<(typeof DEAD_LETTERS_SETTINGS)[number]>;
