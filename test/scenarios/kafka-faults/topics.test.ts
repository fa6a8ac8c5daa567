/** Topics that somebody deletes, makes again, or changes. */
import { expect, it } from "vitest";
import { slowly } from "../../support/slow.js";
import { administer, remakeTopic } from "./support/administration.js";
import { expectFails, expectStops, logged, PARTITIONS } from "./support/deployment.js";
import { HealthWatch } from "./support/health.js";
import { describeOnSharedServers, EVENTS } from "./support/test-bed.js";

const CONFLICT =
  /its changelog says nothing of it, and group .*-ratchet has committed offset \d+: .*queue-ratchet reset/;

describeOnSharedServers("topics that change", (bed) => {
  slowly("a changelog made anew while it is stopped: it fails, and was never ready", async () => {
    const deployment = await bed.stopped();
    await remakeTopic(bed.bootstrap, deployment.topics.changelog, PARTITIONS, "compact");
    const service = deployment.start();
    await expectFails(service, CONFLICT);
    const thrownAway = logged(
      service,
      "a task's local copy is thrown away, and restored from the beginning of the changelog",
    );
    expect(thrownAway.map(({ because }) => because)).toContain("it is a copy of a topic that was made anew since");
    expect(logged(service, "ready")).toEqual([]);
  });

  slowly("a changelog made anew while it runs: it fails", async () => {
    const { deployment, service } = await bed.running();
    await remakeTopic(bed.bootstrap, deployment.topics.changelog, PARTITIONS, "compact");
    await deployment.send(EVENTS);
    // By what it meets first: the offsets of its group, or the topic that is gone.
    await expectFails(service, new RegExp(`${CONFLICT.source}|the topic with id \\w+ is gone.*queue-ratchet reset`));
  });

  slowly("a source made anew while it is stopped: it fails, and was never ready", async () => {
    const deployment = await bed.stopped();
    await remakeTopic(bed.bootstrap, deployment.topics.conversation, PARTITIONS, "delete");
    const service = deployment.start();
    await expectFails(
      service,
      /task ratchet-\d has processed .*conversation-events-\d up to offset \d+, and it now ends at 0: .*queue-ratchet reset/,
    );
    expect(logged(service, "ready")).toEqual([]);
  });

  slowly("a source made anew while it runs: it fails", async () => {
    const { deployment, service } = await bed.running();
    const health = await HealthWatch.of(service);
    await remakeTopic(bed.bootstrap, deployment.topics.conversation, PARTITIONS, "delete");
    await deployment.send(EVENTS);
    await expectFails(
      service,
      /conversation-events-\d.* (the topic with id \w+ is gone|it was truncated or made anew)/,
    );
    await health.becomes(null);
  });

  slowly("an output made anew while it runs: it goes on", async () => {
    const { deployment, service } = await bed.running();
    const health = await HealthWatch.of(service);
    await remakeTopic(bed.bootstrap, deployment.topics.decisions, PARTITIONS, "delete");
    await deployment.send(EVENTS);
    await deployment.atRest();
    await health.becomes(true);
    await expectStops(service);
  });

  slowly("a partition more, while it runs: it fails, and names the topic and both counts", async () => {
    const { deployment, service } = await bed.running();
    const topic = deployment.topics.conversation;
    await administer(bed.bootstrap, (admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: PARTITIONS + 1 }] }),
    );
    await expectFails(service, /topic .*conversation-events has 3 partitions now, and had 2: .* moves keys away/);
  });

  slowly("a partition more at the start: the same", async () => {
    const deployment = await bed.stopped();
    const topic = deployment.topics.conversation;
    await administer(bed.bootstrap, (admin) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: PARTITIONS + 1 }] }),
    );
    await expectFails(deployment.start(), /topic .*conversation-events has 3 partitions, .*2.*: .* moves keys away/);
  });

  it("a wrong clean-up policy at the start: it fails, and nothing is made", async () => {
    const deployment = await bed.deploy();
    const { changelog: topic } = deployment.topics;
    const configEntries = [{ name: "cleanup.policy", value: "delete" }];
    await administer(bed.bootstrap, (admin) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: PARTITIONS, configEntries }] }),
    );
    await expectFails(
      deployment.start(),
      /changelog has cleanup\.policy=delete, and compact is wanted: .*set it to compact/,
    );
    const made = await administer(bed.bootstrap, (admin) => admin.listTopics());
    expect(made.filter((name) => name.startsWith(deployment.application.topicPrefix))).toEqual([topic]);
  });
});
