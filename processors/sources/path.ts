/** Paths into a document, as people write them: `routingReasons[0].meta.conversationRev`. */

/** Two parts of a path as one; a part that begins with `[` is an index. */
export function joinPath(parent: string, child: string): string {
  if (parent === "" || child === "" || child.startsWith("[")) return parent + child;
  return `${parent}.${child}`;
}

/** The path of keys and indices. */
export function formatPath(steps: readonly PropertyKey[]): string {
  return steps.reduce<string>((path, step) => joinPath(path, formatStep(step)), "");
}

function formatStep(step: PropertyKey): string {
  return typeof step === "number" ? `[${step}]` : String(step);
}

/** The value at a path; undefined when there is none. */
export function valueAt(document: unknown, steps: readonly PropertyKey[]): unknown {
  let value = document;
  for (const step of steps) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}
