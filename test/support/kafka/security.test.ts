/** The secured listeners: whoever may come in comes in, nobody else. */
import { type KafkaConfig, Kafka as KafkaJs, logLevel, type SASLOptions } from "kafkajs";
import { beforeAll, expect, it } from "vitest";
import { describeWithKafka, type Kafka, type KafkaSecurity, type User } from "./index.js";

describeWithKafka("a cluster with secured listeners", { kafka: "own", independentClient: true }, (servers) => {
  let kafka: Kafka;
  let security: KafkaSecurity;
  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, security: true });
    security = kafka.security;
  });

  it.each(["plain", "scram-sha-256", "scram-sha-512"] as const)(
    "lets in the user of %s, with and without TLS",
    async (name) => {
      const sasl = login(security.users[name]);
      expect(await clusterId({ brokers: [security.saslPlaintext], sasl })).toBe(kafka.clusterId);
      expect(await clusterId({ brokers: [security.saslSsl], sasl, ssl: { ca: [security.caPem] } })).toBe(
        kafka.clusterId,
      );
    },
  );

  it("lets in a client with TLS alone, with and without a certificate of its own", async () => {
    const brokers = [security.ssl];
    const { keyPem: key, certPem: cert } = security.client;
    expect(await clusterId({ brokers, ssl: { ca: [security.caPem] } })).toBe(kafka.clusterId);
    expect(await clusterId({ brokers, ssl: { ca: [security.caPem], key, cert } })).toBe(kafka.clusterId);
  });

  it("refuses a wrong password, and a client to whom the authority is unknown refuses it", async () => {
    const wrong = login({ ...security.users["scram-sha-512"], password: "wrong" });
    await expect(clusterId({ brokers: [security.saslPlaintext], sasl: wrong })).rejects.toThrow(/authentication/i);
    await expect(clusterId({ brokers: [security.ssl], ssl: true })).rejects.toThrow(/certificate/);
  });

  it("is open to the independent client too", async () => {
    const { username, password } = security.users["scram-sha-256"];
    const client = await servers.startIndependentClient(security.saslSsl, {
      "security.protocol": "SASL_SSL",
      "sasl.mechanism": "SCRAM-SHA-256",
      "sasl.username": username,
      "sasl.password": password,
      "ssl.ca.location": security.caFile,
    });
    expect(await client.committedOffsets("nobody")).toEqual([]);
  });
});

function login({ mechanism, username, password }: User): SASLOptions {
  return { mechanism, username, password };
}

async function clusterId(config: KafkaConfig): Promise<string> {
  const admin = new KafkaJs({ ...config, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}
