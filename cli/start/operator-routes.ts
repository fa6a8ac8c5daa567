/** What the operator endpoint of a service answers, from the engine that it runs. */
import { addDeadLetters, addLive, addRepublish, type LiveIdentity } from "../../console/index.js";
import { DeadLetters, type LetterTopics } from "../../runtime/dead-letters/index.js";
import type { Engine } from "../../runtime/engine.js";
import type { QueriedLog } from "../../runtime/queries/index.js";
import { Republishing, type RepublishTopics } from "../../runtime/republish/index.js";
import { RATCHET, topicNames } from "../../topology/index.js";
import { packageVersion } from "../version.js";
import type { OpenedEngine } from "./engine-settings.js";
import type { AddOperatorRoutes } from "./operator-listener.js";

export interface OperatorRoutesOf {
  readonly applicationId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
}

export function operatorRoutes(
  { engine, queries, live }: OpenedEngine,
  settings: OperatorRoutesOf,
): AddOperatorRoutes[] {
  const topics: LetterTopics & RepublishTopics = {
    // Asked each time: an engine that is started anew has another one.
    get log() {
      return queries.log;
    },
    partitionsOf: () => settings.partitions,
    append: (records) => engine.append(records),
    processedTo: (topic, partitions) => processedTo(engine, queries.log, topic, partitions),
  };
  const letters = new DeadLetters(topics, settings);
  const routes: AddOperatorRoutes[] = [(app, context) => addDeadLetters(app, letters, context)];
  if (live !== null) routes.push((app, context) => addLive(app, live, identityOf(settings), context));
  const republishing = new Republishing(topics, settings);
  routes.push((app, context) => addRepublish(app, republishing, context));
  return routes;
}

/** What other instances have nobody can say here. */
async function processedTo(
  engine: Engine,
  log: QueriedLog,
  topic: string,
  partitions: readonly number[],
): Promise<(number | null)[]> {
  const ends = await Promise.all(partitions.map((partition) => log.endOffset(topic, partition)));
  // Asked for behind the ends: what has come since makes it less than it is.
  const tasks = engine.tasks.filter(({ subTopology }) => subTopology === RATCHET);
  return partitions.map((partition, index) => {
    const lags = tasks.find((task) => task.partition === partition)?.lags;
    const lag = lags?.find((one) => one.topic === topic);
    return lag === undefined ? null : (ends[index] ?? 0) - lag.records;
  });
}

function identityOf({ applicationId, topicPrefix, partitions }: OperatorRoutesOf): LiveIdentity {
  const topics = Object.values(topicNames({ prefix: topicPrefix, applicationId }));
  return { applicationId, topicPrefix, partitions, version: packageVersion(), topics };
}
