/** Groups of a real cluster, looked at from outside and deleted. */
import { expect, it } from "vitest";
import {
  type AdminOptions,
  commitOffsets,
  committedOffsets,
  Deadline,
  deleteGroup,
  describeGroup,
  RefusedError,
} from "../../../../../runtime/kafka/wire/index.js";
import { describeWithKafka, uniqueTopic } from "../../../../support/kafka/index.js";
import { member } from "../membership/support/members.js";
import { clusterFor, createTopic } from "../support/wire.js";

const options = (): AdminOptions => ({ deadline: new Deadline(20_000), channel: "admin" });

describeWithKafka("a group", { kafka: "shared" }, (servers) => {
  it("is described with its members, kept while it has any, and deleted with its offsets when they have left", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topic = await createTopic(servers.kafka.bootstrap, uniqueTopic("groups"));
    const groupId = uniqueTopic("group");
    const { membership, assignments, memberIds } = member(cluster, { groupId, topics: [topic] });
    await membership.join();
    const [assignment] = assignments;
    if (assignment === undefined) throw new Error("it has joined");
    await commitOffsets(cluster, assignment, [{ topic, partition: 0, offset: 7, metadata: null }], options());
    const committed = () => committedOffsets(cluster, groupId, [{ topic, partition: 0 }], options());

    expect(await describeGroup(cluster, groupId, options())).toMatchObject({
      state: "Stable",
      memberIds,
      members: [{ memberId: memberIds[0], clientId: "test", clientHost: expect.stringContaining("127.0.0.1") }],
    });
    const refused = deleteGroup(cluster, groupId, options());
    await expect(refused).rejects.toThrow(RefusedError);
    await expect(refused).rejects.toThrow(new RegExp(`deleting group ${groupId}: .*NON_EMPTY_GROUP`));
    expect(await committed()).toMatchObject([{ offset: 7 }]);

    await membership.leave();
    expect(await describeGroup(cluster, groupId, options())).toMatchObject({ state: "Empty", members: [] });
    await deleteGroup(cluster, groupId, options());
    expect(await describeGroup(cluster, groupId, options())).toMatchObject({ state: "Dead", members: [] });
    expect(await committed()).toMatchObject([{ offset: null }]);
  });

  it("that is not there is dead, and deleted already", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const groupId = uniqueTopic("nobody");
    expect(await describeGroup(cluster, groupId, options())).toMatchObject({ state: "Dead", memberIds: [] });
    await deleteGroup(cluster, groupId, options());
  });
});
