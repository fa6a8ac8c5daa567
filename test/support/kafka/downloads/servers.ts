/** The programs of the servers: Apache Kafka's jars, and the schema registry. */
import { join } from "node:path";
import { cacheFolder, fetchOnce, isFilled } from "./cache.js";
import { maven, version } from "./maven.js";

/** `QUEUE_RATCHET_KAFKA_JARS`, where it is set: for machines that have them elsewhere. */
function kafkaFolder(): string {
  const given = process.env.QUEUE_RATCHET_KAFKA_JARS;
  return given === undefined || given === "" ? cacheFolder(`kafka-${version("kafka")}`) : given;
}

const registryFolder = (): string => cacheFolder(`registry-${version("registry")}`);

export const hasKafka = (): boolean => isFilled(kafkaFolder());
export const hasRegistry = (): boolean => isFilled(registryFolder());

/** @returns the class path of a broker and of its command-line tools. */
export async function kafkaClassPath(): Promise<string> {
  const folder = kafkaFolder();
  await fetchOnce(folder, `Apache Kafka ${version("kafka")}`, (empty) =>
    maven("dependency:copy-dependencies", empty, "-DincludeScope=runtime"),
  );
  return join(folder, "*");
}

/** @returns the registry's jar. */
export async function registryJar(): Promise<string> {
  const folder = registryFolder();
  await fetchOnce(folder, `the schema registry ${version("registry")}`, (empty) =>
    maven("dependency:unpack@registry", empty),
  );
  return join(folder, `apicurio-registry-app-${version("registry")}-runner.jar`);
}
