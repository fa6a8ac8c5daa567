/** The door of `topics`. */
export { reportTopics, type TopicsSettings, usable } from "./report.js";
export { jsonText, tableText } from "./text.js";
