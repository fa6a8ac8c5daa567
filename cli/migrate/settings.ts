/** Which settings the application that is left takes, and the new one. Apart from what uses them, which takes long to load. */
import { badValue } from "../flag-values.js";
import { LIVE_SETTINGS } from "../live/settings.js";
import { SETTINGS, type SettingName, type SettingValues } from "../settings/index.js";

export const MIGRATE_SETTINGS = [...LIVE_SETTINGS, "replicationFactor", "retentionHours"] as const;
export type MigrateSettings = SettingValues<(typeof MIGRATE_SETTINGS)[number]>;

/** What differs in the new application; it is the same where nothing is given. */
export const TARGET_SETTINGS = ["applicationId", "topicPrefix", "partitions", "brokers"] as const;
type TargetSetting = (typeof TARGET_SETTINGS)[number];

/** `partitions` → `--to-partitions`. */
export function targetFlag(name: TargetSetting): string {
  return `to-${SETTINGS[name].flag}`;
}

/** @param flags as commander gives them: `toPartitions`. @throws UsageError naming the flag */
export function targetSettings(settings: MigrateSettings, flags: Readonly<Record<string, unknown>>): MigrateSettings {
  return {
    ...settings,
    applicationId: targetValue("applicationId", settings, flags),
    topicPrefix: targetValue("topicPrefix", settings, flags),
    partitions: targetValue("partitions", settings, flags),
    brokers: targetValue("brokers", settings, flags),
  };
}

function targetValue<Name extends TargetSetting & SettingName>(
  name: Name,
  settings: SettingValues<Name>,
  flags: Readonly<Record<string, unknown>>,
): SettingValues<Name>[Name] {
  const text = flags[`to${name.charAt(0).toUpperCase()}${name.slice(1)}`];
  if (text === undefined) return settings[name];
  const value = SETTINGS[name].schema.safeParse(text);
  if (value.success) return value.data as SettingValues<Name>[Name];
  throw badValue(`--${targetFlag(name)}`, String(text), value.error.issues[0]?.message ?? "not understood");
}
