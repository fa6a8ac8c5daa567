/** `migrate`: from the rows of one application to a new one that goes on where that has ended. */
import { Cluster, Deadline } from "../../runtime/kafka/wire/index.js";
import { UsageError } from "../errors.js";
import { clusterOptions } from "../kafka/connection.js";
import { openLiveApplication } from "../live/open.js";
import { plural, printable } from "../output/text.js";
import { crashPointsOf } from "../start/crash-points.js";
import { carriedRows } from "./carried-rows.js";
import { RowSpool } from "./row-spool.js";
import type { MigrateSettings } from "./settings.js";
import { MigrationSource } from "./source.js";
import { MigrationTarget } from "./target.js";

export interface MigratePorts {
  readonly write: (text: string) => void;
  readonly rowsRead: (rows: number) => void;
  readonly rowsWritten: (rows: number) => void;
}

const REACHED_WITHIN_MS = 10_000;

/** @throws UsageError, FailedError, StorageError, WireError: nothing was carried over, unless it says otherwise */
export async function runMigration(
  settings: MigrateSettings,
  wanted: MigrateSettings,
  { dryRun }: { readonly dryRun: boolean },
  ports: MigratePorts,
): Promise<void> {
  const target = await MigrationTarget.open(wanted);
  const closers = [() => target.close()];
  try {
    if (settings.engine === "kafka") await mustBeOther(settings, wanted, target);
    if (await target.prepareTopics({ create: false })) await target.mustBeNew();
    const { application } = await openLiveApplication(settings);
    closers.push(() => application.close());
    const spool = await RowSpool.open(wanted.partitions);
    closers.push(() => spool.close());
    const source = new MigrationSource(application, settings);
    await source.readInto(spool, ports.rowsRead);
    const carried = carriedRows(spool);
    const conversations = await countOf(carried, wanted.partitions);
    if (!dryRun) {
      await target.prepareTopics({ create: true });
      const progress = ports.rowsWritten;
      const mustBeQuiet = () => source.mustBeQuiet();
      await target.write(carried, { crashPoints: crashPointsOf(process.env), progress, mustBeQuiet });
    }
    const waiting = (await target.prepareTopics({ create: false })) ? await target.waiting() : 0;
    ports.write(reportText(settings, wanted, { dryRun, conversations, from: source.partitions, waiting }));
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** On one cluster two applications must not share what one of them takes for its own. */
async function mustBeOther(settings: MigrateSettings, wanted: MigrateSettings, target: MigrationTarget): Promise<void> {
  if (settings.applicationId !== wanted.applicationId && settings.topicPrefix !== wanted.topicPrefix) return;
  const cluster = new Cluster({ ...(await clusterOptions(settings)), clientId: settings.applicationId });
  try {
    if ((await cluster.clusterId(new Deadline(REACHED_WITHIN_MS))) !== (await target.clusterId())) return;
  } finally {
    await cluster.close();
  }
  throw new UsageError(
    "--to-application-id and --to-topic-prefix: on the same cluster both must differ from the application that is left: groups go by the one, topics by the other",
  );
}

/** Reads all rows once: one that cannot be read is found before anything is written. */
async function countOf(carried: ReturnType<typeof carriedRows>, partitions: number): Promise<number> {
  let conversations = 0;
  for (let partition = 0; partition < partitions; partition++)
    for await (const page of carried.pages(partition)) conversations += page.length;
  return conversations;
}

interface Done {
  readonly dryRun: boolean;
  readonly conversations: number;
  /** Partitions of the application that is left. */
  readonly from: number;
  /** Records in the input of the new one. */
  readonly waiting: number;
}

function reportText(settings: MigrateSettings, wanted: MigrateSettings, done: Done): string {
  const place = settings.engine === "kafka" ? "Kafka" : printable(settings.dataDir);
  const from = `${settings.applicationId} (${place}, ${plural(done.from, "partition")})`;
  const to = `${wanted.applicationId} (Kafka, ${plural(wanted.partitions, "partition")})`;
  const carried = `${plural(done.conversations, "conversation")} from ${from} to ${to}`;
  if (done.dryRun) return `Would carry over ${carried}.\n`;
  const flags = [
    `--application-id ${wanted.applicationId}`,
    ...(wanted.topicPrefix === "" ? [] : [`--topic-prefix ${wanted.topicPrefix}`]),
    `--partitions ${wanted.partitions}`,
  ].join(" ");
  return `Carried over ${carried}.
${plural(done.waiting, "record")} wait${done.waiting === 1 ? "s" : ""} in its input and will be processed from the first one on.
Next:
  1. Start it: queue-ratchet start --engine kafka ${flags} and its --brokers, --registry-url, --data-dir. Sequences go on.
  2. Have its sync topic filled: queue-ratchet republish --engine kafka with the same flags. Until then it has what changes from now on.
  3. Let consumers read ${printable(wanted.topicPrefix)}queue-assignments from its beginning.
Stop ${settings.applicationId} (${place}), and do not start it again: what it decides from now on is in no state but its own.
`;
}
