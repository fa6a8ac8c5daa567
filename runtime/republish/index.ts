/** The door of republishing: control records are written, and what the tasks make of them is waited for. */
export {
  MAX_KEYS,
  NotExecutedError,
  type RepublishPort,
  type RepublishRequest,
  type RepublishStep,
  type RepublishTopics,
} from "./port.js";
export { Republishing } from "./republishing.js";
