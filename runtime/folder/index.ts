/** The door of the folder room: a data folder is made, and one process owns it. */
export { codeOf } from "./error-code.js";
export { FolderIdentityError, FolderInUseError } from "./errors.js";
export { FolderLock, LOCK_ENTRIES } from "./folder-lock.js";
export { makeFolder } from "./make-folder.js";
