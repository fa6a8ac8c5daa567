/** `queue-ratchet config` */
import type { Command } from "commander";
import { addSettings, newCommand, settingSources } from "../command.js";
import { Table } from "../output/table.js";
import { colorsFor, widthOf } from "../output/terminal.js";
import { printable } from "../output/text.js";
import { Writer } from "../output/writer.js";
import { type ResolvedSetting, resolveSettings, SETTING_NAMES, SETTINGS, type SettingSpec } from "../settings/index.js";

const MASK = "********";

export function configCommand(): Command {
  const command = newCommand(
    "config",
    "Prints the resolved settings, secrets masked, and where each came from.",
    "QUEUE_RATCHET_PARTITIONS=24 queue-ratchet config",
  ).option("--json", "Print one JSON object.");
  return addSettings(command, SETTING_NAMES).action(async () => {
    const settings = await resolveSettings(settingSources(command));
    const { json } = command.opts<{ readonly json?: boolean }>();
    const writer = new Writer(process.stdout);
    writer.write(json === true ? jsonText(settings) : tableText(settings));
    await writer.flush();
  });
}

function jsonText(settings: readonly ResolvedSetting[]): string {
  const entries = settings.map((setting) => [
    setting.name,
    { value: shownValue(setting), origin: setting.origin, from: setting.from },
  ]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function tableText(settings: readonly ResolvedSetting[]): string {
  const { env, stdout } = process;
  const titles = ["setting", "value", "from"].map((title) => ({ title, minWidth: title.length }));
  const table = new Table(titles, widthOf(stdout, env), colorsFor(stdout, env).bold);
  return table.render(
    settings.map((setting) => ({
      heading: "",
      cells: [SETTINGS[setting.name].flag, shownText(setting), printable(setting.from)],
    })),
  );
}

function shownText(setting: ResolvedSetting): string {
  const value = shownValue(setting);
  return value === null || value === "" ? "(none)" : printable(String(value));
}

function shownValue({ name, value }: ResolvedSetting): unknown {
  const spec: SettingSpec<unknown> = SETTINGS[name];
  return spec.secret === true && value !== null ? MASK : value;
}
