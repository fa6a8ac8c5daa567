/** Variables are those of settings, with values that the settings take. */
import { environmentName, SETTING_NAMES, SETTINGS, type SettingSpec } from "../../../cli/settings/index.js";
import { type Check, environment } from "./parts.js";

const SPECS = new Map<string, SettingSpec<unknown>>(
  SETTING_NAMES.map((name) => [environmentName(SETTINGS[name].flag), SETTINGS[name]]),
);

export const variables: Check = (deployment) => {
  const named = ["Dockerfile", "docker-compose.yml"].flatMap((file) =>
    [...deployment.read(file).matchAll(/QUEUE_RATCHET_[A-Z0-9_]+/g)].map(([name]) => name),
  );
  const unknown = [...new Set(named)].filter((name) => !SPECS.has(name));
  const wrong = [...environment(deployment)].flatMap(([name, value]) => {
    const result = SPECS.get(name)?.schema.safeParse(value);
    return result?.success === false ? [`${name}=${value}: ${result.error.issues[0]?.message}`] : [];
  });
  return [...unknown.map((name) => `${name} is no setting's variable`), ...wrong];
};
