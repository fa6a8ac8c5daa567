/** What is written beside a committed offset: of which topic it is, and which rewind has been done. Other clients may have written theirs. */

export interface CommitNote {
  /** Null when it is not known: committed by another client. */
  readonly topicId: string | null;
  readonly rewindId: string | null;
}

const NO_NOTE: CommitNote = { topicId: null, rewindId: null };

export function writeNote({ topicId, rewindId }: CommitNote): string {
  return JSON.stringify({ topicId, rewindId });
}

/** What is no note of this kind says nothing. */
export function readNote(metadata: string | null): CommitNote {
  if (metadata === null || !metadata.startsWith("{")) return NO_NOTE;
  try {
    const note: unknown = JSON.parse(metadata);
    if (typeof note !== "object" || note === null) return NO_NOTE;
    return {
      topicId: "topicId" in note && typeof note.topicId === "string" ? note.topicId : null,
      rewindId: "rewindId" in note && typeof note.rewindId === "string" ? note.rewindId : null,
    };
  } catch {
    return NO_NOTE;
  }
}
