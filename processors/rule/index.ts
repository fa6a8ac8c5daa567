/** The door of the decision rule. */

export { decideConversation } from "./decide-conversation.js";
export { decideWorkItem } from "./decide-work-item.js";
export { type Decided, type Decision, type DecisionContext, queueAssignment, RULE_VERSION } from "./decided.js";
export { classesOf } from "./reasons.js";
export { emptyRow, isDeleted, isDiverged } from "./state.js";
export { compareVersions, DELETION_BASIS, MAX_NUMBER } from "./version.js";
export { MAX_EVIDENCE_PER_WORK_ITEM, MAX_WORK_ITEMS } from "./work-item.js";
