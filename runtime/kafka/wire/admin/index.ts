/** The door of administration: topics made, checked, described and deleted, and groups. */
export type { TopicDifference, WantedTopic } from "./compare.js";
export { deleteRecords, deleteTopics } from "./delete.js";
export { type AdminOptions, describeTopics, type TopicDescription } from "./describe-topics.js";
export { type CheckedTopic, checkTopics, type EnsuredTopic, ensureTopics } from "./ensure-topics.js";
export { deleteGroup, describeGroup } from "./groups.js";
export type { RecordsBefore } from "./protocol/delete-records.js";
