/** The live application of a service, as a command that asks its operator endpoint sees it. */
import { openLiveApplication } from "../../../cli/live/open.js";
import { LIVE_SETTINGS } from "../../../cli/live/settings.js";
import { settingValues } from "../../../cli/settings/index.js";
import { topicNames } from "../../../topology/index.js";
import { startedService } from "../../cli/dead-letters/service.js";
import { type LiveHost, PARTITIONS, RETENTION_HOURS, retentionPassed } from "./host.js";

export async function startServed(): Promise<LiveHost> {
  const flags = { partitions: String(PARTITIONS), topicPrefix: "t." };
  const { service, dataDir, close } = await startedService({ ...flags, retentionHours: String(RETENTION_HOURS) });
  const settings = await settingValues(LIVE_SETTINGS, {
    environment: {},
    configFile: undefined,
    flags: { ...flags, dataDir },
  });
  const { application: live } = await openLiveApplication(settings);
  return {
    topics: topicNames({ prefix: settings.topicPrefix, applicationId: settings.applicationId }),
    engine: service.engine,
    live,
    expired: (...before) => retentionPassed(live, ...before),
    close,
  };
}
