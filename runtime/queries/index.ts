/** The door of the queries: where a conversation is, and what has been decided about it. */
export { InvalidKeyError, parseConversationKey } from "./key.js";
export { NotHereError } from "./not-here.js";
export { type LogRange, pagesOf } from "./pages.js";
export type { LogPage, QueriedLog, QueriesOf, QueryPort } from "./port.js";
export { AssignmentQueries } from "./queries.js";
export { DEFAULT_TIMELINE_ENTRIES, type Timeline, type TimelineOptions } from "./timeline.js";
export { type AssignmentView, assignmentView } from "./view.js";
