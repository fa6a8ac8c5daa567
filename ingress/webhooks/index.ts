/** The door of the webhooks. */
export type { Append } from "./intake.js";
export type { RejectedRequests } from "./rejection-log.js";
export { SCHEMES, type Scheme } from "./schemes.js";
export { addWebhooks, type WebhookPorts, type WebhookSettings } from "./webhooks.js";
