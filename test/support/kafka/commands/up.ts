/** `npm run kafka:up -- [--brokers 1|3] [--registry]`: starts servers that run on until `npm run kafka:down`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startKafka } from "../cluster/index.js";
import { ProcessFolder } from "../processes/index.js";
import { startRegistry } from "../registry/index.js";
import { ADDRESSES_FILE, KAFKA_FOLDER, REGISTRY_FOLDER } from "./up-folder.js";

const { values } = parseArgs({
  options: { brokers: { type: "string", default: "1" }, registry: { type: "boolean", default: false } },
});

if (ProcessFolder.find(KAFKA_FOLDER)?.isRunning() === true) {
  const said = existsSync(ADDRESSES_FILE) ? readFileSync(ADDRESSES_FILE, "utf8") : "";
  console.error(`Kafka is up already (npm run kafka:down stops it):\n${said}`);
  process.exitCode = 1;
} else {
  await up(brokerCount(values.brokers), values.registry);
}

async function up(brokers: 1 | 3, registry: boolean): Promise<void> {
  // One that crashed, or was cut off with the machine.
  await ProcessFolder.find(KAFKA_FOLDER)?.end();
  await ProcessFolder.find(REGISTRY_FOLDER)?.end();
  const { bootstrap, logFiles } = await startKafka({ brokers, folder: KAFKA_FOLDER, owner: null });
  const lines = [`KAFKA_BROKERS=${bootstrap}`, ...logFiles.map((file) => `log: ${file}`)];
  if (registry) {
    const { url, logFile } = await startRegistry({ folder: REGISTRY_FOLDER, owner: null });
    lines.push(`KAFKA_REGISTRY_URL=${url}`, `log: ${logFile}`);
  }
  const text = `${lines.join("\n")}\n`;
  writeFileSync(ADDRESSES_FILE, text);
  process.stdout.write(text);
}

function brokerCount(text: string): 1 | 3 {
  if (text === "1") return 1;
  if (text === "3") return 3;
  console.error(`--brokers ${text}: it is 1 or 3`);
  process.exit(2);
}
