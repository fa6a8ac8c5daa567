/** Resolves settings once: flag over environment over file over default. */
import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.js";
import { SETTING_NAMES, SETTINGS, type SettingName, type SettingValues } from "./settings.js";
import { environmentName, fileKey, type SettingSpec } from "./spec.js";

export type Origin = "flag" | "environment" | "file" | "default";

export interface ResolvedSetting {
  readonly name: SettingName;
  readonly value: unknown;
  readonly origin: Origin;
  /** The flag, variable or file and key that gave the value. */
  readonly from: string;
}

export interface SettingSources {
  /** Texts of flags by file key, as given on the command line. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The path of `--config`, if given. */
  readonly configFile: string | undefined;
}

/** The variable that names a configuration file, as `--config` does. */
export const CONFIG_VARIABLE = environmentName("config");

/**
 * @throws UsageError naming the flag, variable or file whose value is bad, an unknown key of the file, or a file that
 * cannot be read.
 */
export async function resolveSettings(sources: SettingSources): Promise<readonly ResolvedSetting[]> {
  const file = sources.configFile ?? (sources.environment[CONFIG_VARIABLE] || undefined);
  const content = file === undefined ? {} : await readConfigFile(file);
  return SETTING_NAMES.map((name) => resolveOne(name, sources, file ?? "", content));
}

/** The values of some settings. */
export async function settingValues<Name extends SettingName>(
  names: readonly Name[],
  sources: SettingSources,
): Promise<SettingValues<Name>> {
  const resolved = await resolveSettings(sources);
  const wanted: ReadonlySet<SettingName> = new Set(names);
  const entries = resolved.filter(({ name }) => wanted.has(name)).map(({ name, value }) => [name, value]);
  // Each value has passed the schema of its setting.
  return Object.fromEntries(entries) as SettingValues<Name>;
}

function resolveOne(
  name: SettingName,
  { flags, environment }: SettingSources,
  file: string,
  content: Readonly<Record<string, unknown>>,
): ResolvedSetting {
  const spec: SettingSpec<unknown> = SETTINGS[name];
  const key = fileKey(spec.flag);
  const variable = environmentName(spec.flag);
  if (flags[key] !== undefined) return parsed(name, spec, flags[key], "flag", `--${spec.flag}`);
  // An empty variable is one that is not set: compose files and shells leave them so.
  if (environment[variable]) return parsed(name, spec, environment[variable], "environment", variable);
  if (Object.hasOwn(content, key)) return parsed(name, spec, content[key], "file", `${file}: ${key}`);
  return { name, value: spec.defaultValue, origin: "default", from: "default" };
}

function parsed(
  name: SettingName,
  spec: SettingSpec<unknown>,
  given: unknown,
  origin: Origin,
  from: string,
): ResolvedSetting {
  const result = spec.schema.safeParse(given);
  if (result.success) return { name, value: result.data, origin, from };
  const shown = spec.secret ? "" : ` ${withoutUser(JSON.stringify(given))}`;
  throw new UsageError(`${from}: bad value${shown}: ${result.error.issues[0]?.message ?? "not allowed"}`);
}

/** A URL may have come with a password, where none belongs. */
function withoutUser(json: string): string {
  return json.replace(/\/\/[^"]*@/g, "//…@");
}

async function readConfigFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const content = parseConfig(file, await readText(file));
  const known = new Set(SETTING_NAMES.map((name) => fileKey(SETTINGS[name].flag)));
  const unknown = Object.keys(content).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new UsageError(
      `--config ${file}: unknown key ${JSON.stringify(unknown)}; known are: ${[...known].join(", ")}`,
    );
  }
  return content;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(
      `--config ${file}: cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function parseConfig(file: string, text: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`--config ${file}: not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new UsageError(`--config ${file}: expected a JSON object of settings`);
  }
  return content as Record<string, unknown>;
}
