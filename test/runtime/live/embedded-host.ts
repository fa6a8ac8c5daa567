/** The live application of an embedded engine that runs in this process. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedEngine, liveApplication } from "../../../runtime/embedded/index.js";
import { productTopology, topicNames } from "../../../topology/index.js";
import { type LiveHost, PARTITIONS, RETENTION_HOURS, retentionPassed } from "./host.js";

const SETTINGS = { applicationId: "queue-ratchet", topicPrefix: "t.", partitions: PARTITIONS };

export async function startEmbedded(): Promise<LiveHost> {
  const folder = await mkdtemp(join(tmpdir(), "live-"));
  const engine = await EmbeddedEngine.open({
    ...SETTINGS,
    topology: productTopology({ ...SETTINGS, tenant: null, workItemStream: "present" }),
    folder,
    retention: () => ({ retentionMs: RETENTION_HOURS * 3_600_000 }),
  });
  engine.start();
  const live = liveApplication(engine);
  return {
    topics: topicNames({ prefix: SETTINGS.topicPrefix, applicationId: SETTINGS.applicationId }),
    engine,
    live,
    expired: (...before) => retentionPassed(live, ...before),
    close: async () => {
      await engine.stop();
      await rm(folder, { recursive: true });
    },
  };
}
