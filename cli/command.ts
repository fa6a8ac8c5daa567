/** Puts settings on commands: their flags, and their values once the command runs. */
import { Command } from "commander";
import {
  flagUsage,
  SETTINGS,
  type SettingName,
  type SettingSources,
  type SettingSpec,
  type SettingValues,
  settingValues,
} from "./settings/index.js";

/** A command with `--help` that ends in one example. */
export function newCommand(name: string, summary: string, example: string): Command {
  return new Command(name)
    .description(summary)
    .helpOption("--help", "Print this.")
    .showHelpAfterError(`(queue-ratchet ${name} --help says more)`)
    .addHelpText("after", `\nExample:\n  $ ${example}`);
}

/** Adds the flags of settings, and `--config`. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const spec: SettingSpec<unknown> = SETTINGS[name];
    command.option(flagUsage(spec), `${spec.help}${defaultOf(spec)}`);
  }
  return command.option("--config <FILE>", "Settings as JSON; flags and environment variables count more.");
}

function defaultOf({ defaultValue }: SettingSpec<unknown>): string {
  return defaultValue === null || defaultValue === "" || defaultValue === false
    ? ""
    : ` Default: ${String(defaultValue)}.`;
}

/** Where a command's settings come from. */
export function settingSources(command: Command): SettingSources {
  const flags = command.opts<Record<string, unknown>>();
  const { config } = flags;
  return { flags, environment: process.env, configFile: typeof config === "string" ? config : undefined };
}

/** The values of a command's settings. @throws UsageError naming the bad one. */
export function settingsOf<Name extends SettingName>(
  command: Command,
  names: readonly Name[],
): Promise<SettingValues<Name>> {
  return settingValues(names, settingSources(command));
}
