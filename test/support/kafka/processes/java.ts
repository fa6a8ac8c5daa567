/** The Java that runs the servers, and how: quick to start and small, for servers that live for seconds. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const JAVA_VERSION_NEEDED = 17;

export const JVM_OPTIONS: readonly string[] = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"];

/** `$JAVA_HOME`'s, or the one on the path. */
export function java(): string {
  const home = process.env.JAVA_HOME;
  return home === undefined || home === "" ? "java" : join(home, "bin", "java");
}

/** @returns the major version; null when there is no Java. */
export function javaVersion(): number | null {
  const { stderr, status } = spawnSync(java(), ["-version"], { encoding: "utf8", timeout: 30_000 });
  if (status !== 0) return null;
  const major = /version "(\d+)/.exec(stderr)?.[1];
  return major === undefined ? null : Number(major);
}
