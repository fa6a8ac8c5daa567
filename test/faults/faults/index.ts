/** The faults by their names. One more here is one more in every schedule. */
import { KAFKA_CRASH_POINTS } from "../../../runtime/crash-points.js";
import { killBroker, moveLeaders, pauseBroker } from "./broker-faults.js";
import type { Fault } from "./fault.js";
import { crashAt, emptyFolder, kill, killWhileRestoring, rebalanceStorm, stall } from "./instance-faults.js";
import { cutConnections, hangBroker, loseMembership, loseWrites, slowNetwork } from "./proxy-faults.js";

export type { Stage } from "./fault.js";

export const FAULTS: ReadonlyMap<string, Fault> = new Map([
  ...KAFKA_CRASH_POINTS.map((label) => [`crash:${label}`, crashAt(label)] as const),
  ["kill", kill],
  ["stall", stall],
  ["rebalance-storm", rebalanceStorm],
  ["empty-folder", emptyFolder],
  ["kill-while-restoring", killWhileRestoring],
  ["broker-kill", killBroker],
  ["broker-pause", pauseBroker],
  ["leader-moves", moveLeaders],
  ["lost-writes", loseWrites],
  ["lost-membership", loseMembership],
  ["cut-connections", cutConnections],
  ["slow-network", slowNetwork],
  ["hanging-broker", hangBroker],
]);
