/** The door of `topics`. */
export { reportTopics, type TopicsSettings, usable } from "./report.js";
export { jsonText, type Look, tableText } from "./text.js";
