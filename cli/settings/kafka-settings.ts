/** The settings of the Kafka engine: where the cluster and the registry are, how they are entered, and what is asked of them. */
import { z } from "zod";
import { oneOf, type SettingSpec, wholeNumber } from "./spec.js";

/** `[…]` for an IPv6 address. */
const BROKER = /^(\[[0-9A-Fa-f:.]+\]|[^\s:[\],/]+):(\d{1,5})$/;

const BROKERS_EXPECTED = "expected HOST:PORT, or several with commas between them";

/** In a file also as a list. */
const brokersSchema = z
  .union(
    [z.string().transform((list) => list.split(",").map((one) => one.trim())), z.array(z.string())],
    BROKERS_EXPECTED,
  )
  .refine((brokers) => brokers.length > 0 && brokers.every(isBroker), BROKERS_EXPECTED)
  .nullable();

function isBroker(text: string): boolean {
  const port = Number(BROKER.exec(text)?.[2]);
  return port >= 1 && port <= 65_535;
}

const registryUrlSchema = z
  .string()
  .refine(isPlainUrl, "expected http://HOST:PORT or https://…, without a user")
  .nullable();

/** A user in it would be printed wherever the URL is: there are settings for that. */
function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}

const REPLICATION_EXPECTED = "expected -1 or a whole number from 1 to 32767";

const replicationSchema = z
  .union(
    [
      z.int(),
      z
        .string()
        .regex(/^(-1|\d{1,5})$/)
        .transform(Number),
    ],
    REPLICATION_EXPECTED,
  )
  .refine((copies) => copies === -1 || (copies >= 1 && copies <= 32_767), REPLICATION_EXPECTED);

const text = z.string().min(1, "expected some text").nullable();
const path = z.string().min(1, "expected a path").nullable();

export const KAFKA_SETTINGS = {
  brokers: {
    flag: "brokers",
    placeholder: "HOST:PORT,…",
    help: "Some of the cluster's brokers; needed with the Kafka engine.",
    schema: brokersSchema,
    defaultValue: null,
  },
  registryUrl: {
    flag: "registry-url",
    placeholder: "URL",
    help: "The schema registry (Confluent's API); needed with the Kafka engine.",
    schema: registryUrlSchema,
    defaultValue: null,
  },
  registryUsername: {
    flag: "registry-username",
    placeholder: "NAME",
    help: "The user for the schema registry.",
    schema: text,
    defaultValue: null,
  },
  registryPassword: {
    flag: "registry-password",
    placeholder: "TEXT",
    help: "Its password; better given as the variable, for others can see flags.",
    schema: text,
    defaultValue: null,
    secret: true,
  },
  replicationFactor: {
    flag: "replication-factor",
    placeholder: "N",
    help: "Copies of each partition of topics that are made; -1: as many as the brokers make by default. From 3 on, two must have a record before it is acknowledged.",
    schema: replicationSchema,
    defaultValue: -1,
  },
  guarantee: {
    flag: "guarantee",
    placeholder: "WORD",
    help: "Of the Kafka engine: exactly_once, or at_least_once, without transactions: after a failure outputs may come again.",
    schema: oneOf("exactly_once", "at_least_once"),
    defaultValue: "exactly_once",
  },
  sessionTimeoutMs: {
    flag: "session-timeout-ms",
    placeholder: "MS",
    help: "After so long without a sign of life from an instance, the others take its partitions over.",
    schema: wholeNumber(1_000, 1_800_000),
    defaultValue: 6_000,
  },
  expiredInput: {
    flag: "expired-input",
    placeholder: "WORD",
    help: "When retention was faster than the processing: fail, or skip to the first record that is left.",
    schema: oneOf("fail", "skip"),
    defaultValue: "fail",
  },
  stallTimeoutMs: {
    flag: "stall-timeout-ms",
    placeholder: "MS",
    help: "A part of the Kafka engine that has work and makes no progress for so long is restarted.",
    schema: wholeNumber(1_000, 3_600_000),
    defaultValue: 60_000,
  },
  kafkaTls: {
    flag: "kafka-tls",
    placeholder: "WORD",
    help: "on: the brokers are spoken to over TLS.",
    schema: oneOf("on", "off"),
    defaultValue: "off",
  },
  kafkaCaFile: {
    flag: "kafka-ca-file",
    placeholder: "FILE",
    help: "The authorities that sign the brokers' certificates (PEM); without it, those that Node.js knows.",
    schema: path,
    defaultValue: null,
  },
  kafkaCertFile: {
    flag: "kafka-cert-file",
    placeholder: "FILE",
    help: "This client's certificate (PEM), where the brokers ask for one.",
    schema: path,
    defaultValue: null,
  },
  kafkaKeyFile: {
    flag: "kafka-key-file",
    placeholder: "FILE",
    help: "The key of that certificate (PEM, not encrypted).",
    schema: path,
    defaultValue: null,
  },
  kafkaSaslMechanism: {
    flag: "kafka-sasl-mechanism",
    placeholder: "WORD",
    help: "How the user is authenticated: plain, scram-sha-256 or scram-sha-512.",
    schema: oneOf("plain", "scram-sha-256", "scram-sha-512").nullable(),
    defaultValue: null,
  },
  kafkaUsername: {
    flag: "kafka-username",
    placeholder: "NAME",
    help: "The user for the brokers.",
    schema: text,
    defaultValue: null,
  },
  kafkaPassword: {
    flag: "kafka-password",
    placeholder: "TEXT",
    help: "Its password; better given as the variable, for others can see flags.",
    schema: text,
    defaultValue: null,
    secret: true,
  },
} as const satisfies Record<string, SettingSpec<unknown>>;
