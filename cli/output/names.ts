/** How things are called in tables and sentences. */
import { REASONS, type Reason, type Target, type Version } from "../../schemas/index.js";
import { printable } from "./text.js";

/** "queue 5fa2…", "user hDPh…", "nobody". */
export function targetName(target: Target | null): string {
  return target === null ? "nobody" : `${target.type.toLowerCase()} ${printable(target.id)}`;
}

/** Who holds a conversation: unknown before any decision was seen. */
export function assignmentName(assignment: Target | null, version: Version | null): string {
  return version === null ? "unknown" : targetName(assignment);
}

/** "(58,0,0,0)": a key without its event id, as the decision rule writes it. */
export function versionName(version: Version | null): string {
  if (version === null) return "-";
  return `(${version.basis},${version.kind},${version.workItemNumber},${version.workItemRevision})`;
}

/** Epoch milliseconds as ISO 8601; the number itself when it is no date that can be written so. */
export function timeName(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString();
}

export function isReason(text: string): text is Reason {
  return (REASONS as readonly string[]).includes(text);
}
