/** The cluster and the registry that settings name: what goes together, and files that can be used. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../../cli/errors.js";
import { clusterOptions, schemaRegistry } from "../../../cli/kafka/connection.js";
import type { ClusterSettings, RegistrySettings } from "../../../cli/kafka/settings.js";
import { SETTINGS } from "../../../cli/settings/index.js";
import { makeCertificates } from "../../support/kafka/cluster/certificates.js";
import { run } from "../../support/program.js";

const PLAIN: ClusterSettings = {
  brokers: ["localhost:9092"],
  kafkaTls: "off",
  kafkaCaFile: null,
  kafkaCertFile: null,
  kafkaKeyFile: null,
  kafkaSaslMechanism: null,
  kafkaUsername: null,
  kafkaPassword: null,
};
const REGISTRY: RegistrySettings = { registryUrl: "http://r", registryUsername: null, registryPassword: null };
const SECRET = "a-secret";

describe("a cluster", () => {
  it("without more is spoken to in plain text, by nobody in particular", async () => {
    expect(await clusterOptions(PLAIN)).toEqual({ brokers: ["localhost:9092"], tls: null, sasl: null });
  });

  it("needs brokers", async () => {
    await expect(clusterOptions({ ...PLAIN, brokers: null })).rejects.toThrow(/^--brokers: /);
  });

  it("takes a user with a password and a mechanism", async () => {
    const user = { kafkaSaslMechanism: "plain", kafkaUsername: "u", kafkaPassword: SECRET } as const;
    const sasl = { mechanism: "plain", username: "u", password: SECRET };
    expect(await clusterOptions({ ...PLAIN, ...user })).toMatchObject({ sasl });
  });

  it.each([
    [{ kafkaUsername: "u" }, "--kafka-sasl-mechanism and --kafka-password: missing, and needed with --kafka-username"],
    [{ kafkaPassword: SECRET }, "--kafka-sasl-mechanism and --kafka-username: missing"],
    [{ kafkaSaslMechanism: "plain" }, "--kafka-username and --kafka-password: missing"],
    [{ kafkaUsername: "u", kafkaPassword: SECRET }, "--kafka-sasl-mechanism: missing"],
    [{ kafkaCaFile: "f" }, "--kafka-ca-file: of no use without TLS"],
    [{ kafkaKeyFile: "f" }, "--kafka-key-file: of no use without TLS"],
    [{ kafkaTls: "on", kafkaCertFile: "f" }, "--kafka-key-file: missing"],
    [{ kafkaTls: "on", kafkaKeyFile: "f" }, "--kafka-cert-file: missing"],
    [{ kafkaTls: "on", kafkaCaFile: "/nowhere" }, "--kafka-ca-file: /nowhere: cannot be read: ENOENT"],
  ] as const)("with %j is refused", async (settings, message) => {
    const refused = clusterOptions({ ...PLAIN, ...settings });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow(SECRET);
  });
});

describe("TLS", () => {
  let folder: string;
  let files: { readonly ca: string; readonly cert: string; readonly key: string; readonly text: string };
  let pem: Awaited<ReturnType<typeof makeCertificates>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tls-test-"));
    pem = await makeCertificates(folder);
    const file = async (name: string, content: string) => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    };
    files = {
      ca: await file("test-ca.pem", pem.caPem),
      cert: await file("test-cert.pem", pem.client.certPem),
      key: await file("test-key.pem", pem.client.keyPem),
      text: await file("test.txt", "no certificate"),
    };
  });
  afterAll(() => rm(folder, { recursive: true }));

  const tls = (settings: Partial<ClusterSettings>) => clusterOptions({ ...PLAIN, kafkaTls: "on", ...settings });

  it("is with Node's authorities, with those of a file, and with a certificate of its own", async () => {
    expect((await tls({})).tls).toEqual({});
    expect((await tls({ kafkaCaFile: files.ca })).tls).toEqual({ ca: pem.caPem });
    const own = { kafkaCaFile: files.ca, kafkaCertFile: files.cert, kafkaKeyFile: files.key };
    expect((await tls(own)).tls).toEqual({ ca: pem.caPem, cert: pem.client.certPem, key: pem.client.keyPem });
  });

  it("refuses files that are something else, naming the flag and the file", async () => {
    const { ca, cert, key, text } = files;
    const refused: [Partial<ClusterSettings>, string][] = [
      [{ kafkaCaFile: text }, `--kafka-ca-file: ${text}: no certificate in PEM form`],
      [{ kafkaCertFile: key, kafkaKeyFile: key }, `--kafka-cert-file: ${key}: no certificate in PEM form`],
      [{ kafkaCertFile: cert, kafkaKeyFile: cert }, `--kafka-key-file: ${cert}: no private key in PEM form`],
      [{ kafkaCertFile: ca, kafkaKeyFile: key }, `--kafka-key-file: ${key}: is not the key of the certificate`],
    ];
    for (const [settings, message] of refused) await expect(tls(settings)).rejects.toThrow(message);
  });
});

describe("a registry", () => {
  it("is asked for by its URL, with a user where there is one", () => {
    expect(() => schemaRegistry(REGISTRY)).not.toThrow();
    expect(() => schemaRegistry({ ...REGISTRY, registryUsername: "u", registryPassword: SECRET })).not.toThrow();
  });

  it("needs a URL, and a user has a password", () => {
    expect(() => schemaRegistry({ ...REGISTRY, registryUrl: null })).toThrow(/^--registry-url: /);
    expect(() => schemaRegistry({ ...REGISTRY, registryUsername: "u" })).toThrow(/^--registry-password: missing/);
    expect(() => schemaRegistry({ ...REGISTRY, registryPassword: SECRET })).toThrow(/^--registry-username: missing/);
  });
});

describe("the value of", () => {
  it.each([
    ["brokers", "a:1", ["a:1"]],
    ["brokers", " a:1, [::1]:9092,10.0.0.1:65535", ["a:1", "[::1]:9092", "10.0.0.1:65535"]],
    ["brokers", ["a:1", "b:2"], ["a:1", "b:2"]],
    ["replicationFactor", "-1", -1],
    ["replicationFactor", 3, 3],
    ["registryUrl", "https://host:8081/path", "https://host:8081/path"],
  ] as const)("%s may be %j", (name, given, value) => {
    expect(SETTINGS[name].schema.parse(given)).toEqual(value);
  });

  it.each([
    ["brokers", ""],
    ["brokers", "localhost"],
    ["brokers", "localhost:0"],
    ["brokers", "localhost:65536"],
    ["brokers", "a:1,,b:2"],
    ["brokers", "http://a:1"],
    ["brokers", []],
    ["replicationFactor", "0"],
    ["replicationFactor", "-2"],
    ["replicationFactor", "1.5"],
    ["registryUrl", "localhost:8081"],
    ["registryUrl", "ftp://localhost"],
    ["registryUrl", "http://u:p@localhost"],
    ["guarantee", "exactly-once"],
    ["sessionTimeoutMs", "10"],
  ] as const)("%s may not be %j", (name, given) => {
    const result = SETTINGS[name].schema.safeParse(given);
    expect(result.error?.issues[0]?.message).toMatch(/^expected /);
  });

  it("a secret is neither printed nor named when it is bad", async () => {
    const secrets = { QUEUE_RATCHET_KAFKA_PASSWORD: SECRET, QUEUE_RATCHET_REGISTRY_PASSWORD: SECRET };
    const { code, stdout } = await run(["config"], { env: secrets });
    expect(code).toBe(0);
    expect(stdout).not.toContain(SECRET);
    expect(stdout).toMatch(/^kafka-password +\*+ +QUEUE_RATCHET_KAFKA_PASSWORD$/m);
    const bad = await run(["config", "--registry-url", `http://u:${SECRET}/@host`]);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain("--registry-url");
    expect(bad.stderr).not.toContain(SECRET);
  });
});
