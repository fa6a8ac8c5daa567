/** A service that keeps a table of who holds which conversation, in a process of its own: started with its settings as JSON. */
import { setTimeout as delay } from "node:timers/promises";
import { consumeAssignments, type From } from "../../../../consumer/index.js";
import { SCHEMAS } from "../../../consumer/support/assignments.js";
import { type Effects, tableStore } from "./table-file.js";

export interface ServiceSettings {
  readonly brokers: string;
  readonly groupId: string;
  readonly topic: string;
  readonly file: string;
  readonly from: From;
}

const { file, ...settings } = JSON.parse(process.argv[2] ?? "") as ServiceSettings;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const consumer = await consumeAssignments<Effects>({
  ...settings,
  registry: SCHEMAS,
  store: tableStore(file),
  // Small batches that take a moment: a kill finds it in the middle of one.
  bounds: { maxBatchRecords: 5 },
  sessionTimeoutMs: 1_000,
  // At once: what is committed too early is soon lost.
  commitIntervalMs: 0,
  progressIntervalMs: 50,
  onProgress: (progress) => say(progress),
  async applyBatch(changes, { handle }) {
    for (const { key, after } of changes) {
      const { assignment, assignmentVersion, lifecycle } = after;
      const holder = assignmentVersion === null ? "unknown" : assignment === null ? "nobody" : assignment.id;
      handle.set(key, { holder, lifecycle });
    }
    await delay(10);
  },
});
process.once("SIGTERM", () => void consumer.stop());
await consumer.ended;
