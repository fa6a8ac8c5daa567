/** The entry: checks the options, connects, and starts a consumer. */

import { Cluster, Deadline, retrying } from "../runtime/kafka/wire/index.js";
import type { SchemaSource } from "../schemas/index.js";
import { ConfluentSchemaRegistry } from "../schemas/registry/confluent.js";
import { applierOf, recordsAtOnce } from "./applier.js";
import { AssignmentConsumer } from "./consumer.js";
import { ConsumerOptionError, MissingTopicError } from "./errors.js";
import { consumerError, isUnknownTopic } from "./failures.js";
import type { ConsumeOptions, RunningConsumer } from "./options.js";
import { RecordDecoder } from "./record-decoder.js";
import { brokerOptionError, type Settings, settingsOf } from "./settings.js";

const UNKNOWN_FOR_MS = 2_000;

/**
 * Consumes the sync topic: gives every queue assignment that moves its conversation forward to `apply`, at least once, and leaves out
 * what is older than what is held, wherever it comes from (a replay, a republished record, a rewind, a second delivery).
 *
 * **At least once.** The group's offset is committed after `apply` has resolved and the store's transaction has ended. A process that
 * dies in between gets the records again, and its versions tell that they are not new. Let `apply` set what `change.after` says, in
 * the store's transaction: applied once or twice, the table is the same.
 *
 * **Nothing is skipped in silence.** A record that cannot be read, an unknown schema, records that have expired before they were read, a
 * topic that was made anew, an error of `apply`: each ends the consumer with an error that names the place (`ended`).
 *
 * **Partitions come and go.** When they are shared anew, the batch at hand is finished and committed first, for half a session at
 * most. For a partition that is another's by then nothing is committed any more, and the signal that `apply` has is aborted. A process that
 * stands still for longer than its session cannot know that it has lost its partitions: what it then still writes is harmless only
 * where versions are compared in the same transaction.
 *
 * @returns once it is a member of the group
 * @throws ConsumerOptionError, BrokersUnreachableError, MissingTopicError, KafkaError
 */
export async function consumeAssignments<Handle = undefined>(
  options: ConsumeOptions<Handle>,
): Promise<RunningConsumer> {
  const settings = settingsOf(options);
  const schemas = schemaSource(options.registry);
  const cluster = clusterOf(settings);
  try {
    await checkTopic(cluster, settings);
    const consumer = new AssignmentConsumer({
      cluster,
      settings,
      decoder: new RecordDecoder(schemas, settings),
      apply: applierOf(options),
      recordsAtOnce: recordsAtOnce(options, settings.bounds.maxBatchRecords),
      skipped: options.onSkipped ?? (() => undefined),
      progressed: options.onProgress ?? (() => undefined),
    });
    return await consumer.start(options.signal);
  } catch (error) {
    await cluster.close();
    throw consumerError(error, settings.topic);
  }
}

function clusterOf(settings: Settings): Cluster {
  try {
    return new Cluster(settings.cluster);
  } catch (error) {
    throw brokerOptionError(error);
  }
}

/** Before a group is joined for it: a topic that is not there would be waited for. */
async function checkTopic(cluster: Cluster, { topic, connectTimeoutMs, namedPartitions }: Settings): Promise<void> {
  const { partitions } = await knownTopic(cluster, topic, new Deadline(connectTimeoutMs));
  const beyond = namedPartitions.find((partition) => partition >= partitions.length);
  if (beyond !== undefined)
    throw new ConsumerOptionError(
      "from",
      `names partition ${beyond}, and topic ${topic} has ${partitions.length} partitions`,
    );
}

/** A topic that was just made is not known everywhere yet. */
function knownTopic(cluster: Cluster, topic: string, deadline: Deadline) {
  let unknownUntil: Deadline | null = null;
  const recover = (error: unknown) => cluster.recover(error);
  return retrying({ what: `looking for topic ${topic}`, deadline, recover }, async () => {
    try {
      return await cluster.topic(topic);
    } catch (error) {
      if (!isUnknownTopic(error)) throw error;
      unknownUntil ??= new Deadline(UNKNOWN_FOR_MS);
      if (unknownUntil.passed) throw new MissingTopicError(topic);
      throw error;
    }
  });
}

function schemaSource(registry: ConsumeOptions["registry"]): SchemaSource {
  if (typeof registry === "string") return new ConfluentSchemaRegistry({ url: registry });
  if (typeof registry !== "object" || registry === null)
    throw new ConsumerOptionError("registry", "missing: the URL of the schema registry");
  if ("schemaById" in registry) return registry;
  if (typeof registry.url !== "string" || registry.url === "")
    throw new ConsumerOptionError("registry.url", "missing: the URL of the schema registry");
  return new ConfluentSchemaRegistry(registry);
}
