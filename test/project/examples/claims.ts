/** Every example is claimed: by a session that runs it, by a test that makes it, or by name, with what checks it instead. */
import { type Block, placeOf } from "./blocks.js";

export interface Claims {
  /** Sessions that some test runs. */
  readonly sessions: readonly string[];
  /** Blocks that a test writes and compares. */
  readonly generated: readonly string[];
  /** What cannot be run here, and why not and what checks it instead. */
  readonly notRun: Readonly<Record<string, string>>;
  /** Languages whose blocks are all checked by one test, marked or not. */
  readonly languages: readonly string[];
}

/** Languages of blocks that are executed by a session; those of the others are put into its folder, under a name. */
export const EXECUTED: readonly string[] = ["sh", "console"];

/** @returns a sentence for each block that nobody claims, and for each claim without a block; each begins with a place */
export function unclaimed(blocks: readonly Block[], claims: Claims): string[] {
  const problems = blocks.flatMap((block) => {
    const problem = problemOf(block, claims);
    return problem === null ? [] : [`${placeOf(block)}: ${problem}`];
  });
  const named = (kind: string) => blocks.flatMap(({ mark }) => (mark?.kind === kind ? [mark.name] : []));
  const idle = (kind: string, names: readonly string[]) =>
    names.filter((name) => !named(kind).includes(name)).map((name) => `no block is marked "${kind}: ${name}"`);
  return [
    ...problems,
    ...idle("example", claims.sessions),
    ...idle("generated", claims.generated),
    ...idle("not run", Object.keys(claims.notRun)),
  ];
}

function problemOf({ language, mark }: Block, claims: Claims): string | null {
  if (mark === null) {
    if (claims.languages.includes(language)) return null;
    return `no test claims this block (${language === "" ? "no language" : language}): put a mark above it`;
  }
  switch (mark.kind) {
    case "example":
      if (!claims.sessions.includes(mark.name)) return `there is no session "${mark.name}"`;
      if (EXECUTED.includes(language) !== (mark.as === null))
        return mark.as === null
          ? "it is not executed, so that it needs a file's name"
          : "it is executed, and has no name";
      return null;
    case "generated":
      return claims.generated.includes(mark.name) ? null : `no test makes a block "${mark.name}"`;
    default:
      return Object.hasOwn(claims.notRun, mark.name) ? null : `there is no reason for "${mark.name}" not to be run`;
  }
}
