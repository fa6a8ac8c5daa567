/** The door of the room: documents from files and standard input. */
export type { Document } from "./document.js";
export {
  InputError,
  type InputErrorReason,
  type OpenInput,
  openInput,
} from "./input.js";
export { type ReadOptions, readDocuments } from "./read-documents.js";
