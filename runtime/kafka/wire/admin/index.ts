/** The door of administration: topics made, checked, described and deleted. */
export type { TopicDifference, WantedTopic } from "./compare.js";
export { deleteRecords, deleteTopics } from "./delete.js";
export { type AdminOptions, describeTopics, type TopicDescription } from "./describe-topics.js";
export { type CheckedTopic, checkTopics, type EnsuredTopic, ensureTopics } from "./ensure-topics.js";
export type { RecordsBefore } from "./protocol/delete-records.js";
