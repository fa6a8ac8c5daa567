/** Whether a letter is one of those that were asked for. */
import type { LetterHead } from "./letter.js";
import type { LetterFilter } from "./port.js";

/** @param topicPrefix that of the application's topics, which may be left out */
export function filterOf({ code, topic, sinceMs }: LetterFilter, topicPrefix: string): (head: LetterHead) => boolean {
  return (head) => {
    if (code !== undefined && head.code !== code) return false;
    if (topic !== undefined && head.original?.topic !== topic && head.original?.topic !== `${topicPrefix}${topic}`)
      return false;
    return sinceMs === undefined || (head.failedAtMs !== null && head.failedAtMs >= sinceMs);
  };
}
