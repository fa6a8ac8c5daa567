/** `queue-ratchet describe` */
import type { Command } from "commander";
import { describeAsMermaid, describeTopology, productTopology } from "../../topology/index.js";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { Writer } from "../output/writer.js";

const SETTING_NAMES = ["applicationId", "topicPrefix", "partitions", "workItemStream", "tenant"] as const;

export function describeCommand(): Command {
  const command = newCommand("describe", "Prints the topology.", "queue-ratchet describe --mermaid").option(
    "--mermaid",
    "As a Mermaid flow chart.",
  );
  return addSettings(command, SETTING_NAMES).action(async () => {
    const topology = productTopology(await settingsOf(command, SETTING_NAMES));
    const { mermaid } = command.opts<{ readonly mermaid?: boolean }>();
    const writer = new Writer(process.stdout);
    writer.write(mermaid === true ? describeAsMermaid(topology) : describeTopology(topology));
    await writer.flush();
  });
}
