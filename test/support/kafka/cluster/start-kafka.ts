/** Starts a real Apache Kafka of one or three brokers (KRaft, each also a controller). */
import { mkdirSync, writeFileSync } from "node:fs";
import { kafkaClassPath } from "../downloads/index.js";
import { JVM_OPTIONS, java, ProcessFolder, ServerProcess } from "../processes/index.js";
import { FrameRules, KafkaProxy } from "../proxy/index.js";
import { Broker } from "./broker.js";
import { type Properties, placeProperties, propertiesFile, testProperties } from "./broker-properties.js";
import { Kafka } from "./kafka.js";
import { listenerProperties, type Ports, portsFor } from "./listeners.js";
import { type SecuritySetup, setUpSecurity } from "./security.js";
import { format, type Storage } from "./storage.js";
import { kafkaTool } from "./tool.js";

export interface KafkaOptions {
  readonly brokers: 1 | 3;
  /** Over the settings for tests, such as `"unclean.leader.election.enable": true`. */
  readonly properties?: Properties;
  /** Listeners for SASL_PLAINTEXT, SASL_SSL and SSL too. */
  readonly security?: boolean;
  /** A listener behind a proxy for each broker. The proxies live in this process. */
  readonly proxied?: boolean;
  /** For its data and logs; removed at the end. Otherwise a new one in the system's temporary folder. */
  readonly folder?: string;
  /** The process with which the brokers end, this one unless told; null: they run on. */
  readonly owner?: number | null;
}

const LOGGING = `appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=INFO
`;

/**
 * @returns the cluster, all of its brokers ready.
 * @throws ServerFailed naming the log of the broker that did not start, and its last lines.
 * @throws DownloadFailed when its jars are not here and cannot be fetched.
 */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const { brokers: count, owner = process.pid } = options;
  const classPath = await kafkaClassPath();
  const folder = ProcessFolder.create("queue-ratchet-kafka-", {
    owner,
    ...(options.folder === undefined ? {} : { path: options.folder }),
  });
  const proxies: KafkaProxy[] = [];
  const everywhere = new FrameRules();
  try {
    const ports = await portsFor(count);
    const security = options.security === true ? await setUpSecurity(folder.file("tls"), ports) : null;
    if (options.proxied === true) {
      for (const { PROXIED } of ports) proxies.push(await KafkaProxy.start(PROXIED, everywhere));
    }
    const storages = writeSettings(folder, ports, proxies, security, options.properties ?? {});
    const clusterId = await format(storages, kafkaTool, security?.formatArguments ?? []);

    const brokers = storages.map(({ id, configFile, port }) => {
      const server = new ServerProcess(folder, {
        name: `broker-${id}`,
        command: java(),
        args: [...JVM_OPTIONS, "-Xms64m", "-Xmx512m", ...logging(folder), "-cp", classPath, "kafka.Kafka", configFile],
      });
      return new Broker(id, server, port, proxies[id - 1] ?? null);
    });
    for (const broker of brokers) broker.start();
    await Promise.all(brokers.map((broker) => broker.ready()));
    return new Kafka(clusterId, brokers, folder, proxies, everywhere, security?.seenByClients ?? null);
  } catch (error) {
    // The error names the log.
    folder.keepLogs();
    await Promise.all([folder.end(), ...proxies.map((proxy) => proxy.close())]);
    throw error;
  }
}

type BrokerSettings = Storage & { readonly port: number };

function writeSettings(
  folder: ProcessFolder,
  ports: readonly Ports[],
  proxies: readonly KafkaProxy[],
  security: SecuritySetup | null,
  given: Properties,
): [BrokerSettings, ...BrokerSettings[]] {
  writeFileSync(folder.file("log4j2.properties"), LOGGING);
  const wanted = { proxied: proxies.length > 0, security: security !== null };
  const [first, ...others] = ports.map((own, index) => {
    const id = index + 1;
    const dataFolder = folder.file(`data-${id}`);
    mkdirSync(dataFolder);
    const configFile = folder.file(`broker-${id}.properties`);
    const properties = {
      ...placeProperties({ id, dataFolder, ports }),
      ...listenerProperties(own, proxies[index]?.port ?? null, wanted),
      ...testProperties(ports.length),
      ...security?.properties,
      ...given,
    };
    writeFileSync(configFile, propertiesFile(properties));
    return { id, dataFolder, configFile, port: own.PLAINTEXT };
  });
  if (first === undefined) throw new Error("a cluster has a broker");
  return [first, ...others];
}

function logging(folder: ProcessFolder): string[] {
  return [`-Dlog4j2.configurationFile=${folder.file("log4j2.properties")}`];
}
