/** The door of the settings. */
export { type ResolvedSetting, resolveSettings, type SettingSources, settingValues } from "./resolve.js";
export { SETTING_NAMES, SETTINGS, type SettingName, type SettingValues } from "./settings.js";
export { environmentName, fileKey, flagUsage, type SettingSpec } from "./spec.js";
