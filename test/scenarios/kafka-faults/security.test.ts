/** Brokers that refuse the service: at the start, and while it runs. */
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import { afterAll, beforeAll, it } from "vitest";
import { describeWithKafka, type Kafka } from "../../support/kafka/index.js";
import { slowly } from "../../support/slow.js";
import { Reader } from "../../support/verifier/index.js";
import { administer } from "./support/administration.js";
import { expectFails, expectStops } from "./support/deployment.js";
import { bedOf, EVENTS } from "./support/test-bed.js";

const PROPERTIES = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  // The brokers, and the test itself.
  "super.users": "User:ANONYMOUS",
  "allow.everyone.if.no.acl.found": true,
};

describeWithKafka("brokers that refuse the service", { kafka: "own", registry: true, isLong: true }, (servers) => {
  let kafka: Kafka;
  let reader: Reader;
  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, security: true, properties: PROPERTIES });
    reader = await Reader.start(kafka.bootstrap, servers.registry.url);
  });
  afterAll(() => reader.close());
  const bed = bedOf(
    servers,
    () => kafka.security.saslPlaintext,
    () => reader,
  );

  const as = (password: string) => {
    const { username, mechanism } = kafka.security.users["scram-sha-256"];
    return ["--kafka-sasl-mechanism", mechanism, "--kafka-username", username, "--kafka-password", password];
  };
  const right = () => as(kafka.security.users["scram-sha-256"].password);

  it("a wrong password at the start: it fails and says so, without the password", async () => {
    const deployment = await bed.deploy();
    const service = deployment.start({ args: as("not-the-password") });
    const text = await expectFails(service, /authenticat|SASL/i);
    if ([text, ...service.lines].some((line) => line.includes("not-the-password")))
      throw new Error("it tells the password");
  });

  slowly(
    "an ACL that forbids to write, while it runs: it fails and names the topic; without it, it goes on",
    async () => {
      const deployment = await bed.deploy();
      const service = await deployment.started({ args: right() });
      await deployment.send(EVENTS);
      await deployment.atRest();
      const acl = {
        resourceType: AclResourceTypes.TOPIC,
        resourceName: deployment.topics.conversation,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: `User:${kafka.security.users["scram-sha-256"].username}`,
        host: "*",
        operation: AclOperationTypes.WRITE,
        permissionType: AclPermissionTypes.DENY,
      };
      await administer(kafka.bootstrap, (admin) => admin.createAcls({ acl: [acl] }));
      await deployment.send(EVENTS);
      await expectFails(service, /conversation-events.*TOPIC_AUTHORIZATION_FAILED/);
      await administer(kafka.bootstrap, (admin) => admin.deleteAcls({ filters: [acl] }));
      await deployment.expectGoesOn(await deployment.started({ args: right() }));
    },
  );

  slowly(
    "a password that is changed while it runs: it fails when it connects anew; with the new one it goes on",
    async () => {
      const deployment = await bed.deploy();
      const service = await deployment.started({ args: right() });
      await deployment.send(EVENTS);
      await deployment.atRest();
      await changePassword("changed");
      await deployment.send(EVENTS);
      await deployment.atRest();
      await kafka.broker(1).restart();
      await expectFails(service, /authenticat|SASL/i);
      const next = await deployment.started({ args: as("changed") });
      await deployment.atRest();
      await expectStops(next);
      await deployment.expectRight();
    },
  );

  async function changePassword(password: string): Promise<void> {
    const { username } = kafka.security.users["scram-sha-256"];
    await kafka.tool("kafka.admin.ConfigCommand", [
      ...["--bootstrap-server", kafka.bootstrap, "--alter", "--entity-type", "users", "--entity-name", username],
      ...["--add-config", `SCRAM-SHA-256=[password=${password}]`],
    ]);
  }
});
