/** `queue-ratchet send` */
import { type Command, Option } from "commander";
import { SOURCES, type Source } from "../../schemas/index.js";
import { addSettings, newCommand, settingsOf } from "../command.js";
import { countOf } from "../flag-values.js";
import { Progress } from "../output/progress.js";
import { Poster } from "../send/poster.js";
import { runSend } from "../send/run.js";
import { endpointOf } from "../service-http.js";
import { secretsOf } from "../webhooks/secrets.js";
import { SECRET_SETTINGS } from "../webhooks/settings.js";

const DEFAULTS = { url: "http://127.0.0.1:8080", atOnce: "16", tries: "10" } as const;
const MAX_AT_ONCE = 256;
const MAX_TRIES = 1_000;

interface SendFlags {
  readonly source: Source;
  readonly url?: string;
  readonly atOnce?: string;
  readonly tries?: string;
}

export function sendCommand(exit: (code: number) => void): Command {
  const command = newCommand(
    "send",
    "Signs the documents of files as a source does, and posts them to a running service: for trying it, and for backfills. Sent again, a document changes nothing.",
    "QUEUE_RATCHET_KUSTOMER_SECRETS=… queue-ratchet send --source kustomer events.ndjson --url http://127.0.0.1:8080",
  )
    .argument("<FILE...>", "NDJSON, a JSON array, or JSON documents one after another; - for standard input.")
    .addOption(new Option("--source <NAME>", "Whose documents they are.").choices([...SOURCES]).makeOptionMandatory())
    .option("--url <URL>", `Where the service listens. Default: ${DEFAULTS.url}.`)
    .option("--at-once <N>", `How many documents are under way at once. Default: ${DEFAULTS.atOnce}.`)
    .option("--tries <N>", `How often one is posted while the service is busy or away. Default: ${DEFAULTS.tries}.`);
  return addSettings(command, SECRET_SETTINGS).action(async (files: string[]) => {
    const { source, url, atOnce, tries } = { ...DEFAULTS, ...command.opts<SendFlags>() };
    const secrets = await secretsOf(source, await settingsOf(command, SECRET_SETTINGS));
    const poster = new Poster({
      endpoint: endpointOf(url, `webhooks/${source}`),
      source,
      secret: secrets?.[0] ?? null,
      maxTries: countOf("--tries", tries, MAX_TRIES),
    });
    const say = (line: string) => process.stderr.write(`${line}\n`);
    exit(
      await runSend(files, countOf("--at-once", atOnce, MAX_AT_ONCE), {
        post: (body, signal) => poster.post(body, signal),
        progress: new Progress(process.stderr, "documents"),
        complain: say,
        say,
      }),
    );
  });
}
