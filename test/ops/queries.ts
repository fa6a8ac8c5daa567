/** Which metrics an expression of PromQL names. */

/** Words of the language that stand where a name could. */
const KEYWORDS = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"]);
/** They are followed by labels in parentheses, and some by nothing else. */
const LABEL_LISTS = /\b(by|without|on|ignoring|group_left|group_right)\s*(\([^)]*\))?/g;

/** @returns every name that is no function, keyword or label; each once, in the order of the alphabet */
export function metricNames(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, "")
    .replace(/\{[^}]*\}/g, " ")
    .replace(/\[[^\]]*\]/g, " ")
    .replace(LABEL_LISTS, " ");
  const names = new Set<string>();
  for (const [name] of bare.matchAll(/(?<![\w:.])[a-z_:][\w:]*(?!\s*\(|[\w:])/gi)) {
    if (!KEYWORDS.has(name.toLowerCase())) names.add(name);
  }
  return [...names].sort();
}
