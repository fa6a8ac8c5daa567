/** The cluster and the registry that the settings name. */
import type { ClusterOptions, Sasl } from "../../runtime/kafka/wire/index.js";
import { ConfluentSchemaRegistry } from "../../schemas/registry/confluent.js";
import { UsageError } from "../errors.js";
import type { ClusterSettings, RegistrySettings } from "./settings.js";
import { readTls } from "./tls-files.js";

/**
 * Connects to nothing yet.
 * @throws UsageError naming what is missing, what does not go together, or the file that cannot be used
 */
export async function clusterOptions(settings: ClusterSettings): Promise<Omit<ClusterOptions, "clientId" | "log">> {
  const { brokers } = settings;
  if (brokers === null)
    throw new UsageError("--brokers: needed with Kafka: some of the cluster's brokers, as HOST:PORT,…");
  const sasl = saslOf(settings);
  return { brokers, tls: await readTls(settings), sasl };
}

/** Asks it nothing yet. @throws UsageError naming what is missing */
export function schemaRegistry(settings: RegistrySettings): ConfluentSchemaRegistry {
  const { registryUrl: url, registryUsername: username, registryPassword: password } = settings;
  if (url === null) throw new UsageError("--registry-url: needed with Kafka: the schema registry, as http://HOST:PORT");
  mustGoTogether({ "--registry-username": username, "--registry-password": password });
  return new ConfluentSchemaRegistry(
    username === null || password === null ? { url } : { url, auth: { username, password } },
  );
}

function saslOf(settings: ClusterSettings): Sasl | null {
  const { kafkaSaslMechanism: mechanism, kafkaUsername: username, kafkaPassword: password } = settings;
  mustGoTogether({
    "--kafka-sasl-mechanism": mechanism,
    "--kafka-username": username,
    "--kafka-password": password,
  });
  return mechanism === null || username === null || password === null ? null : { mechanism, username, password };
}

/** @throws UsageError when some are given and others are not */
function mustGoTogether(values: Readonly<Record<string, string | null>>): void {
  const flags = Object.keys(values);
  const missing = flags.filter((flag) => values[flag] === null);
  if (missing.length === 0 || missing.length === flags.length) return;
  const given = flags.filter((flag) => values[flag] !== null);
  throw new UsageError(`${missing.join(" and ")}: missing, and needed with ${given.join(" and ")}`);
}
