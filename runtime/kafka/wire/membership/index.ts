/** The door of group membership. */
export { GroupMembership } from "./group-membership.js";
export type { Assignment, MembershipListener, MembershipOptions } from "./options.js";
