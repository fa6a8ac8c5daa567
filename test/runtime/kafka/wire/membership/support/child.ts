/** A member in a process of its own, to be killed: `bootstrap group topic`. Says its id and that it has joined. */
import { Cluster } from "../../../../../../runtime/kafka/wire/cluster.js";
import { GroupMembership } from "../../../../../../runtime/kafka/wire/membership/index.js";

const [bootstrap = "", groupId = "", topic = ""] = process.argv.slice(2);
const cluster = new Cluster({ brokers: bootstrap.split(","), clientId: "child" });
const membership = new GroupMembership(
  cluster,
  { groupId, topics: [topic], sessionTimeoutMs: 30_000 },
  { onAssignment: () => undefined, onMemberId: (memberId) => console.log(`id ${memberId}`) },
);
await membership.join();
console.log("joined");
