/** What the operator endpoint of a service answers, from the engine that it runs. */
import { addDeadLetters, addLive, type LiveIdentity } from "../../console/index.js";
import { DeadLetters, type LetterTopics } from "../../runtime/dead-letters/index.js";
import { topicNames } from "../../topology/index.js";
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
  const topics: LetterTopics = {
    // Asked each time: an engine that is started anew has another one.
    get log() {
      return queries.log;
    },
    partitionsOf: () => settings.partitions,
    append: (records) => engine.append(records),
  };
  const letters = new DeadLetters(topics, settings);
  const routes: AddOperatorRoutes[] = [(app, context) => addDeadLetters(app, letters, context)];
  if (live !== null) routes.push((app, context) => addLive(app, live, identityOf(settings), context));
  return routes;
}

function identityOf({ applicationId, topicPrefix, partitions }: OperatorRoutesOf): LiveIdentity {
  const topics = Object.values(topicNames({ prefix: topicPrefix, applicationId }));
  return { applicationId, topicPrefix, partitions, version: packageVersion(), topics };
}
