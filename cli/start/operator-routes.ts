/** What the operator endpoint of a service answers, from the engine that it runs. */
import { addDeadLetters } from "../../console/index.js";
import { DeadLetters, type LetterTopics } from "../../runtime/dead-letters/index.js";
import type { OpenedEngine } from "./engine-settings.js";
import type { AddOperatorRoutes } from "./operator-listener.js";

export interface OperatorRoutesOf {
  readonly applicationId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
}

export function operatorRoutes({ engine, queries }: OpenedEngine, settings: OperatorRoutesOf): AddOperatorRoutes[] {
  const topics: LetterTopics = {
    // Asked each time: an engine that is started anew has another one.
    get log() {
      return queries.log;
    },
    partitionsOf: () => settings.partitions,
    append: (records) => engine.append(records),
  };
  const letters = new DeadLetters(topics, settings);
  return [(app, context) => addDeadLetters(app, letters, context)];
}
