/** The settings. Adding one here adds its flag, its variable, its key in a file, its help and its line in the README. */
import { z } from "zod";
import { EARLIER_ROW_RELEASES } from "../../schemas/types.js";
import { forgetAfterSchema } from "./forget-after.js";
import { KAFKA_SETTINGS } from "./kafka-settings.js";
import { oneOf, type SettingSpec, topicText, wholeNumber } from "./spec.js";
import { WEBHOOK_SETTINGS } from "./webhook-settings.js";

export const SETTINGS = {
  applicationId: {
    flag: "application-id",
    placeholder: "ID",
    help: "Names this application's state: its changelog, consumer groups and transactions.",
    schema: topicText(1, 100),
    defaultValue: "queue-ratchet",
  },
  topicPrefix: {
    flag: "topic-prefix",
    placeholder: "TEXT",
    help: "Put before the name of every topic.",
    schema: topicText(0, 100),
    defaultValue: "",
  },
  partitions: {
    flag: "partitions",
    placeholder: "N",
    help: "Partitions of every topic but the dead letters.",
    schema: wholeNumber(1, 10_000),
    defaultValue: 12,
  },
  workItemStream: {
    flag: "work-item-stream",
    placeholder: "WORD",
    help: "present, or absent when no work-item events are received: a reverse sync then counts as a decision, and a stale one cannot be told from a fresh one.",
    schema: oneOf("present", "absent"),
    defaultValue: "present",
  },
  tenant: {
    flag: "tenant",
    placeholder: "ID",
    help: "The tenant of documents that carry none (Kustomer's audit lines).",
    schema: z
      .string()
      .regex(/^[^:\p{Cc}]{1,512}$/u, "expected 1 to 512 characters without a colon or control characters")
      .nullable(),
    defaultValue: null,
  },
  engine: {
    flag: "engine",
    placeholder: "NAME",
    help: "embedded: everything in this process and one folder, no server needed. kafka: topics on brokers, shared by any number of instances.",
    schema: oneOf("embedded", "kafka"),
    defaultValue: "embedded",
  },
  dataDir: {
    flag: "data-dir",
    placeholder: "FOLDER",
    help: "Where the embedded engine keeps its topics and its state, and the Kafka engine its copy of the state; made when it is not there.",
    schema: z.string().min(1, "expected a path"),
    defaultValue: "queue-ratchet-data",
  },
  ...KAFKA_SETTINGS,
  host: {
    flag: "host",
    placeholder: "NAME",
    help: "The address to listen on, for HTTP and metrics.",
    schema: z.string().min(1, "expected a host name or an address"),
    defaultValue: "127.0.0.1",
  },
  port: {
    flag: "port",
    placeholder: "N",
    help: "The port of the HTTP endpoints; 0 for any free one.",
    schema: wholeNumber(0, 65_535),
    defaultValue: 8080,
  },
  metricsPort: {
    flag: "metrics-port",
    placeholder: "N",
    help: "The port of /metrics; 0 for any free one.",
    schema: wholeNumber(0, 65_535),
    defaultValue: 9464,
  },
  ...WEBHOOK_SETTINGS,
  checkpointIntervalMs: {
    flag: "checkpoint-interval-ms",
    placeholder: "MS",
    help: "Under load a task makes a checkpoint so often; when nothing waits, at once.",
    schema: wholeNumber(1, 60_000),
    defaultValue: 100,
  },
  maxTaskIdleMs: {
    flag: "max-task-idle-ms",
    placeholder: "MS",
    help: "How long a task waits for one of its two streams that has records which were not read yet.",
    schema: wholeNumber(0, 600_000),
    defaultValue: 0,
  },
  upgradeFrom: {
    flag: "upgrade-from",
    placeholder: "VERSION",
    help: "While instances of this earlier version still run: the rows of the state are written as that version reads them. To be taken away when none is left.",
    schema: z.enum(EARLIER_ROW_RELEASES, `expected ${EARLIER_ROW_RELEASES.join(" or ")}`).nullable(),
    defaultValue: null,
  },
  retentionHours: {
    flag: "retention-hours",
    placeholder: "N",
    help: "How long raw events (they hold personal data), normalised events, decisions and dead letters are kept. What the embedded engine has not processed yet stays; with Kafka it holds for topics that are made.",
    schema: wholeNumber(1, 876_000),
    defaultValue: 168,
  },
  forgetAfter: {
    flag: "forget-after",
    placeholder: "TIME",
    help: "Conversations that are closed or deleted, and of which nothing was emitted for so long, are forgotten: 30d, 720h, or hours; at least 1h, never by default. By the time of the stream. A late event of one begins it anew: its sequence begins with 1 again, a deletion is not terminal any more, and an old decision may be emitted, which a consumer with the version guard refuses; republish does not know it.",
    schema: forgetAfterSchema,
    defaultValue: null,
  },
  cacheMb: {
    flag: "cache-mb",
    placeholder: "N",
    help: "Memory for RocksDB's blocks, and as much again for decoded rows (MiB).",
    schema: wholeNumber(1, 1_000_000),
    defaultValue: 64,
  },
} as const satisfies Record<string, SettingSpec<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = z.infer<(typeof SETTINGS)[Name]["schema"]>;

/** The values of the settings that a command takes. */
export type SettingValues<Names extends SettingName> = { readonly [Name in Names]: SettingValue<Name> };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
