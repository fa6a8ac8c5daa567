/** The door of the dead letters: listed, shown and sent through again, in whichever engine. */
export { DeadLetters } from "./dead-letters.js";
export type { Letter, LetterHead, Original } from "./letter.js";
export { formatPlace, type LetterPlace, parsePlace } from "./place.js";
export {
  type CodeCount,
  type DeadLetterPort,
  type LetterFilter,
  type LetterTopics,
  type ListedLetter,
  type ListRequest,
  type ListStep,
  MAX_LISTED,
  MAX_PLACES,
  type ResendOutcome,
  type ResendRequest,
  type ResendStep,
  UnknownLetterError,
} from "./port.js";
