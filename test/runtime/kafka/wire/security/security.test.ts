/** TLS and SASL against a real broker: everything works over them, and whoever is refused learns why, soon and once. */
import tls from "node:tls";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import {
  AuthenticationError,
  type Cluster,
  type ClusterOptions,
  ConnectionError,
  Deadline,
  DeadlineError,
  ensureTopics,
  IdempotentWriter,
  Reader,
  TransactionalWriter,
} from "../../../../../runtime/kafka/wire/index.js";
import {
  describeWithKafka,
  type Kafka,
  type KafkaSecurity,
  uniqueTopic,
  until,
} from "../../../../support/kafka/index.js";
import { patient } from "../../../../support/patience.js";
import { member } from "../membership/support/members.js";
import { clusterFor, record } from "../support/wire.js";

const WITHIN_MS = 15_000;
/** A session of SASL; it is renewed two seconds before its end. */
const SESSION_MS = 4_000;
const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

type Way = (security: KafkaSecurity) => { readonly bootstrap: string } & Pick<ClusterOptions, "tls" | "sasl">;

const GOOD_WAYS: readonly (readonly [name: string, way: Way])[] = [
  ...MECHANISMS.flatMap((mechanism): [string, Way][] => [
    [
      `SASL_PLAINTEXT ${mechanism}`,
      ({ saslPlaintext, users }) => ({ bootstrap: saslPlaintext, sasl: users[mechanism] }),
    ],
    [
      `SASL_SSL ${mechanism}`,
      ({ saslSsl, users, caPem }) => ({ bootstrap: saslSsl, sasl: users[mechanism], tls: { ca: caPem } }),
    ],
  ]),
  ["SSL", ({ ssl, caPem }) => ({ bootstrap: ssl, tls: { ca: caPem } })],
  [
    "SSL with a certificate of its own",
    ({ ssl, caPem, client }) => ({ bootstrap: ssl, tls: { ca: caPem, key: client.keyPem, cert: client.certPem } }),
  ],
];

const SECRET = "a-wrong-secret";

const REFUSED_WAYS: readonly (readonly [name: string, way: Way])[] = [
  ...MECHANISMS.map((mechanism): [string, Way] => [
    `a wrong password by ${mechanism}`,
    ({ saslPlaintext, users }) => ({ bootstrap: saslPlaintext, sasl: { ...users[mechanism], password: SECRET } }),
  ]),
  ...MECHANISMS.map((mechanism): [string, Way] => [
    `a user that ${mechanism} does not know`,
    ({ saslPlaintext }) => ({ bootstrap: saslPlaintext, sasl: { mechanism, username: "nobody", password: SECRET } }),
  ]),
  [
    "another mechanism than the user's",
    ({ saslSsl, users, caPem }) => ({
      bootstrap: saslSsl,
      sasl: { ...users.plain, mechanism: "scram-sha-256", password: SECRET },
      tls: { ca: caPem },
    }),
  ],
  ["an authority that is not known", ({ ssl }) => ({ bootstrap: ssl, tls: {} })],
];

const UNREACHABLE_WAYS: readonly (readonly [name: string, way: Way])[] = [
  ["plain text to a TLS port", ({ ssl }) => ({ bootstrap: ssl })],
  ["no user to a SASL port", ({ saslPlaintext }) => ({ bootstrap: saslPlaintext })],
];

describeWithKafka("a secured cluster", { kafka: "own" }, (servers) => {
  let kafka: Kafka;
  let security: KafkaSecurity;
  beforeAll(async () => {
    const properties = { "connections.max.reauth.ms": SESSION_MS };
    kafka = await servers.startOwnKafka({ brokers: 1, security: true, properties });
    security = kafka.security;
  });

  /** What the product may log goes with it. */
  function clusterBy(way: Way): { readonly cluster: Cluster; readonly logged: string[] } {
    const { bootstrap, ...options } = way(security);
    const logged: string[] = [];
    const log = (_: string, message: string) => void logged.push(message);
    return { cluster: clusterFor(bootstrap, { ...options, log }), logged };
  }

  it.each(GOOD_WAYS)("is administrated, written, read and joined by %s", async (_, way) => {
    const { cluster } = clusterBy(way);
    const topic = uniqueTopic("secured");
    await makeTopic(cluster, topic);
    await writeIdempotently(cluster, topic, "one");
    await writeInTransaction(cluster, topic, "two");
    expect(await readAll(cluster, topic, 2)).toEqual(["one", "two"]);
    const { membership } = member(cluster, { groupId: topic, topics: [topic] });
    expect((await membership.join()).partitions).toEqual([0]);
    expect(await membership.heartbeatNow()).toEqual(membership.member);
  });

  it.each(REFUSED_WAYS)("refuses %s, once and for all", async (_, way) => {
    const { cluster, logged } = clusterBy(way);
    const startMs = performance.now();
    for (const attempt of [...attempts(cluster), reading(cluster)]) {
      const error = await attempt;
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(everythingSaid(error)).not.toContain(SECRET);
    }
    expect(performance.now() - startMs).toBeLessThan(patient(3_000));
    expect(logged.join("\n")).not.toContain(SECRET);
  });

  it.each<readonly [string, Way]>([
    ...UNREACHABLE_WAYS,
    ["TLS to a plain-text port", () => ({ bootstrap: kafka.bootstrap, tls: { ca: security.caPem } })],
  ])("is not reached with %s, and that is said within the time given", async (_, way) => {
    const { cluster } = clusterBy(way);
    const startMs = performance.now();
    for (const attempt of attempts(cluster)) {
      const error = await attempt;
      expect(error).toBeInstanceOf(DeadlineError);
      expect(error).toMatchObject({ cause: expect.any(ConnectionError) });
    }
    expect(performance.now() - startMs).toBeLessThan(patient(3_000));
  });

  it("goes on being read, written and joined beyond the end of a session", async () => {
    const { cluster } = clusterBy(({ saslSsl, users, caPem }) => ({
      bootstrap: saslSsl,
      sasl: users["scram-sha-512"],
      tls: { ca: caPem },
    }));
    const topic = uniqueTopic("renewed");
    await makeTopic(cluster, topic);
    const joined = member(cluster, { groupId: topic, topics: [topic], sessionTimeoutMs: 1_500 });
    await joined.membership.join();
    const writer = await IdempotentWriter.open(cluster);
    const reader = new Reader(cluster, { isolation: "read_committed" });
    reader.assign({ topic, partition: 0 }, 0);
    const read: string[] = [];
    let written = 0;
    const endMs = performance.now() + SESSION_MS + 2_000;
    const connecting = vi.spyOn(tls, "connect");
    onTestFinished(() => connecting.mockRestore());
    await until(async () => {
      await writer.send({ topic, partition: 0, records: [record(String(written++))] });
      while (read.length < written) {
        const page = await reader.next(AbortSignal.timeout(WITHIN_MS));
        read.push(...page.records.map(({ value }) => String(value)));
      }
      // The first record has opened the connections that are to last.
      if (written === 1) connecting.mockClear();
      return performance.now() > endMs;
    }, WITHIN_MS);
    expect(connecting).not.toHaveBeenCalled();
    expect(read).toEqual(Array.from({ length: written }, (_, index) => String(index)));
    expect(joined.lost).toEqual([]);
    expect(joined.assignments).toHaveLength(1);
    expect(await joined.membership.heartbeatNow()).toEqual(joined.membership.member);
    await writer.close();
    await reader.close();
  });
});

/** Each way in which the product comes to a cluster, at once; all are to fail. */
function attempts(cluster: Cluster): Promise<unknown>[] {
  const timeoutMs = 700;
  const { membership } = member(cluster, {
    groupId: "group",
    topics: ["topic"],
    joinTimeoutMs: timeoutMs,
    leaveTimeoutMs: 10,
  });
  return [
    ensureTopics(cluster, [{ name: "topic", partitions: 1, replicationFactor: 1, configs: {} }], {
      deadline: new Deadline(timeoutMs),
      channel: "admin",
    }),
    IdempotentWriter.open(cluster, { initTimeoutMs: timeoutMs }),
    TransactionalWriter.open(cluster, {
      transactionalId: "id",
      transactionTimeoutMs: 10_000,
      stepTimeoutMs: timeoutMs,
    }),
    membership.join(),
  ].map((attempt) => attempt.then(() => null).catch((error: unknown) => error));
}

async function reading(cluster: Cluster): Promise<unknown> {
  const reader = new Reader(cluster, { isolation: "read_committed" });
  reader.assign({ topic: "topic", partition: 0 }, 0);
  const outcome = await reader.next().catch((error: unknown) => error);
  await reader.close();
  return outcome;
}

function everythingSaid(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack ?? ""} ${JSON.stringify(error)} ${everythingSaid(error.cause)}`;
}

async function makeTopic(cluster: Cluster, name: string): Promise<void> {
  const wanted = { name, partitions: 1, replicationFactor: 1, configs: {} };
  const [made] = await ensureTopics(cluster, [wanted], { deadline: new Deadline(WITHIN_MS), channel: "admin" });
  expect(made?.outcome).toBe("created");
}

async function writeIdempotently(cluster: Cluster, topic: string, value: string): Promise<void> {
  const writer = await IdempotentWriter.open(cluster);
  await writer.send({ topic, partition: 0, records: [record(value)] });
  await writer.close();
}

async function writeInTransaction(cluster: Cluster, topic: string, value: string): Promise<void> {
  const writer = await TransactionalWriter.open(cluster, { transactionalId: topic, transactionTimeoutMs: 10_000 });
  writer.begin();
  await writer.send({ topic, partition: 0, records: [record(value)] });
  await writer.commit();
  await writer.close();
}

async function readAll(cluster: Cluster, topic: string, count: number): Promise<string[]> {
  const reader = new Reader(cluster, { isolation: "read_committed" });
  reader.assign({ topic, partition: 0 }, 0);
  const read: string[] = [];
  while (read.length < count) {
    const { records } = await reader.next(AbortSignal.timeout(WITHIN_MS));
    read.push(...records.map(({ value }) => String(value)));
  }
  await reader.close();
  return read;
}
