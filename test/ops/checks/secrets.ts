/** No secret stands in the files: whoever runs them brings their own. */
import { environmentName, SETTING_NAMES, SETTINGS, type SettingSpec } from "../../../cli/settings/index.js";
import type { Check } from "./parts.js";

const SECRETS: ReadonlySet<string> = new Set(
  SETTING_NAMES.map((name): SettingSpec<unknown> => SETTINGS[name])
    .filter(({ secret }) => secret === true)
    .map(({ flag }) => environmentName(flag)),
);
const SOUNDS_SECRET = /PASSWORD|SECRETS?$|TOKEN|_KEY$/;

export const secrets: Check = ({ compose, dockerfile, ignored }) => {
  const given = [
    ...Object.values(compose.services).flatMap(({ environment }) => Object.entries(environment)),
    ...dockerfile.stages.flatMap(({ environment }) => [...environment]),
  ];
  const written = given
    .filter(([name]) => SECRETS.has(name) || SOUNDS_SECRET.test(name))
    .filter(([name, value]) => value !== `\${${name}:-}`)
    .map(([name]) => `${name} does not come from whoever runs it`);
  return ignored.includes(".env*") ? written : [...written, ".env may get into the image"];
};
