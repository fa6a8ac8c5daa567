/** The secrets of the webhooks, from settings and files. Nothing that is said of them shows them. */
import { SOURCES, type Source } from "../../schemas/index.js";
import { UsageError } from "../errors.js";
import { printable } from "../output/text.js";
import { readSettingFile } from "../setting-files.js";
import type { SettingValues } from "../settings/index.js";
import type { SECRET_SETTINGS } from "./settings.js";

export type SecretSettings = SettingValues<(typeof SECRET_SETTINGS)[number]>;
export type Secrets = Readonly<Record<Source, readonly string[] | null>>;

const MAX_SECRETS = 3;

/** @throws UsageError naming the flag, and the file */
export async function webhookSecrets(settings: SecretSettings): Promise<Secrets> {
  const entries = await Promise.all(
    SOURCES.map(async (source) => [source, await secretsOf(source, settings)] as const),
  );
  // There is an entry for every source.
  return Object.fromEntries(entries) as Record<Source, readonly string[] | null>;
}

/** @throws UsageError */
export async function secretsOf(source: Source, settings: SecretSettings): Promise<readonly string[] | null> {
  const given = settings[`${source}Secrets`];
  const file = settings[`${source}SecretsFile`];
  if (file === null) return given;
  const flag = `--${source}-secrets-file`;
  if (given !== null)
    throw new UsageError(`${flag}: there are secrets from --${source}-secrets, too: give one of them`);
  const text = await readSettingFile({ flag, file });
  // The end of the last line is not another secret; the ends of lines of other systems are not part of one.
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const secrets = lines.map((line) => line.trim());
  if (secrets.length > MAX_SECRETS || secrets.includes(""))
    throw new UsageError(
      `${flag}: ${printable(file)}: expected one to ${MAX_SECRETS} lines with a secret each, none of them empty`,
    );
  return secrets;
}
