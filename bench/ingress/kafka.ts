/** The service with Kafka, when this machine can run it: a broker, a registry, and an instance of its own. */
import { missingFor } from "../../test/support/kafka/for-tests/missing.js";
import { type Servers, startServers } from "../kafka/servers.js";
import { startService, type Target } from "./service.js";

/** What is missing; empty when nothing is. */
export const missingForKafka = (): readonly string[] => missingFor({ kafka: "shared", registry: true });

let servers: Servers | null = null;

/** The servers are started with the first one. */
export async function startOnKafka(run: number): Promise<Target> {
  servers ??= await startServers();
  const application = `bench-ingress-${process.pid}-${run}`;
  const settings = {
    engine: "kafka",
    brokers: servers.bootstrap,
    "registry-url": servers.registryUrl,
    "application-id": application,
    "topic-prefix": `${application}.`,
  };
  return startService(Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]));
}

export async function stopServers(): Promise<void> {
  await servers?.stop();
}
