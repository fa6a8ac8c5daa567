/** The README's consumer, run as it stands there: against a real broker and a real registry. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { ConfluentSchemaRegistry, ContractCodec } from "../../index.js";
import { createTopic } from "../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, uniqueTopic, until } from "../support/kafka/index.js";
import { assignment, keyOf } from "./support/assignments.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describeWithKafka(
  "the consumer in the README",
  { kafka: "shared", registry: true, independentClient: true },
  (servers) => {
    it("prints the assignments, and stops as asked", async () => {
      const { bootstrap } = servers.kafka;
      const topicPrefix = `${uniqueTopic("readme")}.`;
      const topic = await createTopic(bootstrap, `${topicPrefix}queue-assignments`);
      const registry = new ConfluentSchemaRegistry({ url: servers.registry.url });
      const codec = await ContractCodec.open("QueueAssignment", `${topic}-value`, registry);
      const records = [assignment("c1", 2), assignment("c1", 1), assignment("c2", 5, { lifecycle: "CLOSED" })];
      await servers.independentClient.produce({
        topic,
        records: records.map((one) => ({ key: keyOf(one), value: codec.encode(one) })),
      });

      const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.[1] ?? "";
      const program = replaced(example, {
        '"queue-ratchet/consumer"': JSON.stringify(new URL("../../dist/consumer/index.js", import.meta.url).href),
        '"localhost:9092"': JSON.stringify(bootstrap),
        '"http://localhost:8081"': JSON.stringify(servers.registry.url),
        '"routing",': `${JSON.stringify(uniqueTopic("routing"))}, topicPrefix: ${JSON.stringify(topicPrefix)},`,
      });
      const folder = mkdtempSync(join(tmpdir(), "readme-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      writeFileSync(join(folder, "example.mjs"), program);
      const child = spawn(process.execPath, [join(folder, "example.mjs")], { stdio: ["ignore", "pipe", "pipe"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      const ended = once(child, "exit");
      let printed = "";
      child.stdout.on("data", (text) => {
        printed += String(text);
      });
      child.stderr.on("data", (text) => {
        printed += String(text);
      });
      await until(() => printed.split("\n").length > 2 || child.exitCode !== null, 30_000);
      expect(printed.trim().split("\n")).toEqual([
        "kustomer:t:c1 { type: 'QUEUE', id: 'q2' } OPEN",
        // Its life cycle has no version: it was never heard of.
        "kustomer:t:c2 { type: 'QUEUE', id: 'q5' } OPEN",
      ]);
      child.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    });
  },
);

/** Each of them once. @throws when the example has changed */
function replaced(text: string, words: Readonly<Record<string, string>>): string {
  let changed = text;
  for (const [from, to] of Object.entries(words)) {
    if (changed.split(from).length !== 2) throw new Error(`the example does not have ${from} once:\n${text}`);
    changed = changed.replace(from, () => to);
  }
  return changed;
}
