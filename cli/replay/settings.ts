/** Which settings it takes to replay. Apart from what uses them, which takes long to load. */
import { LIVE_SETTINGS } from "../live/settings.js";
import type { SettingValues } from "../settings/index.js";

export const REPLAY_SETTINGS = [...LIVE_SETTINGS, "tenant", "workItemStream", "replicationFactor", "cacheMb"] as const;
export type ReplaySettings = SettingValues<(typeof REPLAY_SETTINGS)[number]>;
