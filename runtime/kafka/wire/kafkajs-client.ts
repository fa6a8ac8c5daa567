/** The one file that makes kafkajs' own clients: they reach the cluster as Cluster does. */
import { type ISocketFactoryArgs, Kafka, logLevel, type SASLOptions } from "kafkajs";
import type { ClusterSettings } from "./cluster.js";
import { openSocket, REAUTHENTICATE_BEFORE_MS, type Sasl } from "./kafkajs-private.js";

/** Few and short: whoever uses the client tries again, with errors that say what is the matter. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 };

/**
 * One for each role: clients of one instance share what they know of offsets (K13).
 * @param requestTimeoutMs after which a request without an answer has failed
 */
export function kafkajsClient(settings: ClusterSettings, requestTimeoutMs: number): Kafka {
  const { brokers, clientId, tls, sasl, connectTimeoutMs, log } = settings;
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls === null ? {} : { ssl: tls }),
    ...(sasl === null ? {} : { sasl: login(sasl) }),
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    reauthenticationThreshold: REAUTHENTICATE_BEFORE_MS,
    retry: RETRY,
    socketFactory: ({ ssl, ...args }: ISocketFactoryArgs) => openSocket({ ...args, ssl: ssl ?? null }),
    logLevel: logLevel.WARN,
    // What kafkajs calls an error is thrown too, and told by whoever gives up.
    logCreator: () => (entry) => log("warn", `kafkajs: ${entry.namespace}: ${lineOf(entry.log)}`),
  });
}

/** Of what else there is in an entry only the error: the rest may be anything. */
function lineOf({ message, error }: { readonly message: string; readonly [field: string]: unknown }): string {
  return typeof error === "string" ? `${message}: ${error}` : message;
}

/** A copy: kafkajs writes into it. */
function login({ mechanism, username, password }: Sasl): SASLOptions {
  return { mechanism, username, password };
}
