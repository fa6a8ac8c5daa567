/** Formats the brokers' folders, as Kafka wants it before a first start. */
import { randomBytes } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "./tool.js";

export interface Storage {
  readonly id: number;
  readonly dataFolder: string;
  readonly configFile: string;
}

/** In Kafka's form. One that begins with `-` would be read as an option. */
function uuid(): string {
  return `A${randomBytes(16).toString("base64url").slice(1)}`;
}

/** @returns the cluster's id. */
export async function format(storages: readonly [Storage, ...Storage[]], tool: Tool, scram: string[]): Promise<string> {
  const [first, ...others] = storages;
  const clusterId = uuid();
  await tool("kafka.tools.StorageTool", ["format", "-t", clusterId, "-c", first.configFile, ...scram]);
  // Formatting takes a second of Java, and differs between the brokers in this one file only.
  for (const { id, dataFolder } of others) {
    cpSync(first.dataFolder, dataFolder, { recursive: true });
    const meta = [`version=1`, `cluster.id=${clusterId}`, `node.id=${id}`, `directory.id=${uuid()}`, ""].join("\n");
    writeFileSync(join(dataFolder, "meta.properties"), meta);
  }
  return clusterId;
}
