/** Faults of the network between the instances and the brokers. */
import { setTimeout as delay } from "node:timers/promises";
import type { ApiName, FrameAction, FrameRule } from "../../support/kafka/proxy/index.js";
import { between, type Fault, type Stage } from "./fault.js";

const WRITING: readonly ApiName[] = [
  "Produce",
  "EndTxn",
  "AddPartitionsToTxn",
  "AddOffsetsToTxn",
  "TxnOffsetCommit",
  "InitProducerId",
  "FindCoordinator",
];
const GROUP: readonly ApiName[] = ["Heartbeat", "JoinGroup", "SyncGroup", "OffsetFetch", "LeaveGroup"];

/** Requests and answers of transactions vanish, alone or with their connection. */
export const loseWrites: Fault = (stage) => lose(stage, WRITING);

/** The same of the group's membership. */
export const loseMembership: Fault = (stage) => lose(stage, GROUP);

/** Every connection breaks, again and again. */
export const cutConnections: Fault = async ({ kafka, random }) => {
  for (let cuts = between(random, 2, 6); cuts > 0; cuts--) {
    for (const { proxy } of kafka.brokers) proxy.cutAll();
    await delay(between(random, 100, 800));
  }
};

export const slowNetwork: Fault = async (stage) => {
  const { random } = stage;
  const slow = (): FrameAction => ({ delayMs: between(random, 20, 600) });
  const rules = (["Produce", "EndTxn", "Fetch", "Heartbeat"] as const).map(
    (api): FrameRule => ({ api, on: "response", action: slow(), probability: 0.3, random }),
  );
  await withRules(stage, rules);
};

/** A broker is not there for the instances, and is for all others. */
export const hangBroker: Fault = ({ fleet, random }) =>
  fleet.harmBroker(async ({ proxy }) => {
    proxy.pause();
    await delay(between(random, 500, 5_000));
    proxy.resume();
  });

function lose(stage: Stage, apis: readonly ApiName[]): Promise<void> {
  const { random } = stage;
  const rules = apis.map(
    (api): FrameRule => ({
      api,
      on: random() < 0.7 ? "response" : "request",
      action: random() < 0.8 ? "cut" : "drop",
      probability: 0.1 + random() / 3,
      random,
    }),
  );
  return withRules(stage, rules);
}

async function withRules({ kafka, random }: Stage, rules: readonly FrameRule[]): Promise<void> {
  const handles = rules.map((rule) => kafka.rule(rule));
  await delay(between(random, 1_000, 4_000));
  for (const handle of handles) handle.remove();
}
