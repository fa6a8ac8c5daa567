/** Reads the key of a conversation as people and programs give it. */
import { type ConversationKey, conversationKey } from "../../schemas/index.js";

/** The text is not the key of a conversation. Give `<source>:<tenant>:<conversationId>`. */
export class InvalidKeyError extends Error {
  override readonly name = "InvalidKeyError";

  constructor(readonly key: string) {
    super(`${JSON.stringify(key)} is not the key of a conversation: expected <source>:<tenant>:<conversationId>`);
  }
}

/** Source and tenant hold no colon, so the first two end them; the conversation's id may hold some. */
const KEY = /^([^:]+):([^:]+):(.+)$/su;

/** @throws InvalidKeyError */
export function parseConversationKey(text: string): ConversationKey {
  const [, source, tenant, conversationId] = KEY.exec(text) ?? [];
  if (source === undefined || tenant === undefined || conversationId === undefined) throw new InvalidKeyError(text);
  // Half a surrogate pair has no UTF-8: its bytes would be those of another key.
  if (/\p{Cs}/u.test(text)) throw new InvalidKeyError(text);
  return conversationKey(source, tenant, conversationId);
}
