/** NDJSON, as it may be printed on a terminal. */

/** A line of NDJSON. What a terminal could take for a command is escaped, beyond what JSON itself asks for. */
export function jsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (character) =>
    // Beyond the first plane a character is two units, each with its escape.
    Array.from({ length: character.length }, (_, index) => unitEscape(character.charCodeAt(index))).join(""),
  );
  return `${escaped}\n`;
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
