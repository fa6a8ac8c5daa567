/** The headers of a dead letter, as the contract has them, in their order. */
export const ADDED_HEADERS: readonly string[] = [
  "original-topic",
  "original-partition",
  "original-offset",
  "error-code",
  "error-message",
  "failed-at",
];
