/** What this machine lacks for a test, and how to get it. */
import { onPath } from "../../on-path.js";
import {
  canMakePythonEnvironment,
  hasKafka,
  hasPythonEnvironment,
  hasRegistry,
  pythonVersion,
} from "../downloads/index.js";
import { JAVA_VERSION_NEEDED, javaVersion } from "../processes/index.js";
import { givenBrokers, givenRegistry } from "./shared.js";

export interface Needs {
  /** "shared": the run's, which nobody harms. "own": the test starts its own, to kill brokers or set it up otherwise. */
  readonly kafka?: "shared" | "own";
  readonly registry?: boolean;
  readonly independentClient?: boolean;
  /** What others show in much the same way, or takes long: left out, by name, where not all outcomes are asked for. */
  readonly isLong?: boolean;
}

/** @returns a sentence for each part that is missing. */
export function missingFor({ kafka, registry = false, independentClient = false }: Needs): string[] {
  const found: (string | null)[] = [];
  if (kafka === "own" && givenBrokers() !== null) {
    found.push("it starts brokers of its own, and KAFKA_BROKERS names others: unset it");
  }
  const startsKafka = kafka === "own" || (kafka === "shared" && givenBrokers() === null);
  const startsRegistry = registry && givenRegistry() === null;
  if (startsKafka || startsRegistry) found.push(java());
  if (startsKafka && !hasKafka()) found.push(maven("Apache Kafka"));
  if (startsRegistry && !hasRegistry()) found.push(maven("the schema registry"));
  if (independentClient) found.push(python());
  return found.filter((one) => one !== null);
}

function java(): string | null {
  const version = javaVersion();
  if (version !== null && version >= JAVA_VERSION_NEEDED) return null;
  const what = version === null ? "there is no Java" : `Java ${version} is too old`;
  return `${what}: install ${JAVA_VERSION_NEEDED} or newer (apt-get install openjdk-17-jre-headless)`;
}

function maven(what: string): string | null {
  if (onPath("mvn")) return null;
  return `${what} is not in the cache, and there is no Maven to fetch it: apt-get install maven, then npm run kafka:fetch`;
}

function python(): string | null {
  if (hasPythonEnvironment()) return null;
  if (pythonVersion() === null) return "there is no Python 3: apt-get install python3 python3-venv";
  if (!canMakePythonEnvironment()) return "Python 3 has no venv module: apt-get install python3-venv";
  return null;
}
