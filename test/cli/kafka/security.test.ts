/** The security settings against a real broker: `topics` uses the connection that `start` uses. */
import { beforeAll, expect, it } from "vitest";
import { describeWithKafka, type KafkaSecurity, uniqueTopic } from "../../support/kafka/index.js";
import { run } from "../../support/program.js";

const WRONG = "a-wrong-secret";

describeWithKafka("a secured cluster", { kafka: "own", isLong: true }, (servers) => {
  let security: KafkaSecurity;
  beforeAll(async () => {
    ({ security } = await servers.startOwnKafka({ brokers: 1, security: true }));
  });

  function topics(brokers: string, settings: Readonly<Record<string, string>>) {
    const env = Object.entries(settings).map(([name, value]) => [`QUEUE_RATCHET_KAFKA_${name}`, value]);
    const args = ["--brokers", brokers, "--topic-prefix", `${uniqueTopic("secured")}-`, "--partitions", "1"];
    return run(["topics", ...args], { env: Object.fromEntries(env) });
  }
  const userOf = (mechanism: keyof KafkaSecurity["users"]) => {
    const { username, password } = security.users[mechanism];
    return { SASL_MECHANISM: mechanism, USERNAME: username, PASSWORD: password };
  };

  it.each(["plain", "scram-sha-256", "scram-sha-512"] as const)("is entered by %s over TLS", async (mechanism) => {
    const { code, stderr } = await topics(security.saslSsl, {
      TLS: "on",
      CA_FILE: security.caFile,
      ...userOf(mechanism),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("refuses a wrong password, in one line that does not hold it", async () => {
    const { code, stderr } = await topics(security.saslPlaintext, { ...userOf("scram-sha-256"), PASSWORD: WRONG });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^queue-ratchet: .*SASL.*\n$/);
    expect(stderr).not.toContain(WRONG);
  });

  it("is refused when its certificate is of an authority that is not known", async () => {
    const { code, stderr } = await topics(security.ssl, { TLS: "on" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^queue-ratchet: .*(certificate|self-signed).*\n$/);
  });

  it("is not reached without TLS, and it is said what may be wrong", async () => {
    const { code, stderr } = await topics(security.ssl, {});
    expect(code).toBe(1);
    expect(stderr).toMatch(/^queue-ratchet: no broker answered within 10 s: .*do TLS and SASL fit this port.*\n$/);
  });
});
