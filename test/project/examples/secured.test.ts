/** The access control lists of docs/operations.md, against a broker that allows nothing else. */
import { beforeAll, expect, it } from "vitest";
import { consumeAssignments, memoryStore } from "../../../consumer/index.js";
import { kafkaClassPath } from "../../support/kafka/downloads/index.js";
import { describeWithKafka, type Kafka } from "../../support/kafka/index.js";
import { java } from "../../support/kafka/processes/index.js";
import { SECURED_SESSION } from "./kafka-sessions.js";
import { putEvents, succeeded } from "./local-sessions.js";
import { runSession } from "./session.js";

const PROPERTIES = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  // The brokers, and the administrator of the examples.
  "super.users": "User:ANONYMOUS",
};

describeWithKafka(
  "with the access control lists of the documents",
  { kafka: "own", registry: true, isLong: true },
  (servers) => {
    let kafka: Kafka;
    let classPath: string;
    beforeAll(async () => {
      kafka = await servers.startOwnKafka({ brokers: 1, security: true, properties: PROPERTIES });
      classPath = await kafkaClassPath();
    });

    /** With the consumer of the package, until it has seen everything. */
    async function consume(username: string, password: string): Promise<void> {
      const stop = new AbortController();
      const store = memoryStore();
      const { ended } = await consumeAssignments({
        brokers: kafka.security.saslPlaintext,
        registry: servers.registry.url,
        sasl: { mechanism: "scram-sha-512", username, password },
        groupId: "routing-table",
        from: "beginning",
        store,
        apply: () => undefined,
        signal: stop.signal,
        onProgress: ({ lag }) => {
          if (lag === 0) stop.abort();
        },
      });
      await ended;
      expect([...store.states.values()].map(({ assignment }) => assignment?.id)).toEqual(["5fa2a5a910e1be0019cda332"]);
    }

    it("the service and a consumer do their work", async () => {
      const { username, password } = kafka.security.users["scram-sha-256"];
      await runSession(SECURED_SESSION, {
        env: { QUEUE_RATCHET_PARTITIONS: "2" },
        programs: { "kafka-acls.sh": `exec ${java()} -cp "${classPath}" org.apache.kafka.tools.AclCommand "$@"` },
        replace: [
          ["kafka-1:9092,kafka-2:9092", kafka.bootstrap],
          ["http://registry:8081", servers.registry.url],
          ["User:queue-ratchet", `User:${username}`],
          ["User:routing-table", `User:${kafka.security.users["scram-sha-512"].username}`],
        ],
        before: putEvents,
        after: async (shell) => {
          const as = `--kafka-sasl-mechanism scram-sha-256 --kafka-username ${username} --kafka-password ${password}`;
          const connection = `--engine kafka --brokers ${kafka.security.saslPlaintext} --registry-url ${servers.registry.url}`;
          const input = "--port 0 --metrics-port 0 --input events.ndjson --exit-after-input";
          for (const folder of ["data", "data", "another"]) {
            await succeeded(shell, `queue-ratchet start ${connection} ${as} ${input} --data-dir ${folder}`);
          }
          // Whoever has less is refused: the broker does look at them.
          const { username: other, password: secret } = kafka.security.users["scram-sha-512"];
          const asOther = `--kafka-sasl-mechanism scram-sha-512 --kafka-username ${other} --kafka-password ${secret}`;
          const refused = await shell.run(`queue-ratchet start ${connection} ${asOther} ${input} --data-dir data`);
          expect(refused.code).toBe(1);
          expect(refused.output).toContain("TOPIC_AUTHORIZATION_FAILED");
          await consume(other, secret);
        },
      });
    });
  },
);
