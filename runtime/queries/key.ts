/** Reads the key of a conversation as people and programs give it. */
import { type ConversationKey, conversationKey, keyParts } from "../../schemas/index.js";

/** The text is not the key of a conversation. Give `<source>:<tenant>:<conversationId>`. */
export class InvalidKeyError extends Error {
  override readonly name = "InvalidKeyError";

  constructor(readonly key: string) {
    super(`${JSON.stringify(key)} is not the key of a conversation: expected <source>:<tenant>:<conversationId>`);
  }
}

/** @throws InvalidKeyError */
export function parseConversationKey(text: string): ConversationKey {
  const parts = keyParts(text);
  // Half a surrogate pair has no UTF-8: its bytes would be those of another key.
  if (parts === null || /\p{Cs}/u.test(text)) throw new InvalidKeyError(text);
  return conversationKey(parts.source, parts.tenant, parts.conversationId);
}
