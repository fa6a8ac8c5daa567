/** The access control lists of docs/operations.md, against a broker that allows nothing else. */
import { beforeAll, it } from "vitest";
import { kafkaClassPath } from "../../support/kafka/downloads/index.js";
import { describeWithKafka, type Kafka } from "../../support/kafka/index.js";
import { java } from "../../support/kafka/processes/index.js";
import { putEvents, succeeded } from "./local-sessions.js";
import { runSession } from "./session.js";

const PROPERTIES = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  // The brokers, and the administrator of the examples.
  "super.users": "User:ANONYMOUS",
};

describeWithKafka("with the access control lists of the documents", { kafka: "own", registry: true }, (servers) => {
  let kafka: Kafka;
  let classPath: string;
  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, security: true, properties: PROPERTIES });
    classPath = await kafkaClassPath();
  });

  it("the service and a consumer do their work", async () => {
    const { username, password } = kafka.security.users["scram-sha-256"];
    await runSession("acls", {
      env: { QUEUE_RATCHET_PARTITIONS: "2" },
      programs: { "kafka-acls.sh": `exec ${java()} -cp "${classPath}" org.apache.kafka.tools.AclCommand "$@"` },
      replace: [
        ["kafka-1:9092,kafka-2:9092", kafka.bootstrap],
        ["http://registry:8081", servers.registry.url],
        ["User:queue-ratchet", `User:${username}`],
      ],
      before: putEvents,
      after: async (shell) => {
        const as = `--kafka-sasl-mechanism scram-sha-256 --kafka-username ${username} --kafka-password ${password}`;
        const connection = `--engine kafka --brokers ${kafka.security.saslPlaintext} --registry-url ${servers.registry.url}`;
        const input = "--port 0 --metrics-port 0 --input events.ndjson --exit-after-input";
        for (const folder of ["data", "data", "another"]) {
          await succeeded(shell, `queue-ratchet start ${connection} ${as} ${input} --data-dir ${folder}`);
        }
      },
    });
  });
});
