/** The topics and settings that the tests and their child processes share. */
import type { StorageOptions, TopicSettings } from "../../../../runtime/embedded/index.js";

export const PARTITIONS = 3;
export const TOPICS: readonly TopicSettings[] = [
  { name: "events", partitions: PARTITIONS, cleanup: "delete" },
  { name: "latest", partitions: PARTITIONS, cleanup: "compact" },
  { name: "short", partitions: PARTITIONS, cleanup: "delete", retentionBytes: 2_000 },
  { name: "dead-letters", partitions: 1, cleanup: "delete" },
];

export const OPTIONS: StorageOptions = {
  applicationId: "test",
  topicPrefix: "",
  partitions: PARTITIONS,
  topics: TOPICS,
  cacheBytes: 1024 * 1024,
};
