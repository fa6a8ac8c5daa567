/** The live application of an engine on the shared servers, as a tool beside its instance sees it. */
import { openLiveApplication } from "../../../cli/live/open.js";
import { LIVE_SETTINGS } from "../../../cli/live/settings.js";
import { settingValues } from "../../../cli/settings/index.js";
import { Cluster, Deadline, deleteRecords } from "../../../runtime/kafka/wire/index.js";
import type { Servers } from "../../support/kafka/index.js";
import { Application } from "../kafka/engine/support/application.js";
import { type LiveHost, PARTITIONS } from "./host.js";

export async function startKafka(servers: Servers): Promise<LiveHost> {
  const application = Application.forTests(servers, { partitions: PARTITIONS });
  const engine = await application.start();
  const { applicationId, topicPrefix } = application.settings;
  const flags = { engine: "kafka", brokers: servers.kafka.bootstrap, applicationId, topicPrefix };
  const sources = { environment: {}, configFile: undefined, flags };
  const { application: live } = await openLiveApplication(await settingValues(LIVE_SETTINGS, sources));
  return {
    topics: application.topics,
    engine,
    live,
    // Brokers look for what has expired every five minutes: a tool does the same at once.
    expired: async (topic, partition, offset) => {
      const cluster = new Cluster({ brokers: servers.kafka.bootstrap.split(","), clientId: "test" });
      await deleteRecords(cluster, [{ topic, partition, offset }], { deadline: new Deadline(20_000), channel: "test" });
      await cluster.close();
    },
    close: async () => {
      await live.close();
      await application.close();
    },
  };
}
