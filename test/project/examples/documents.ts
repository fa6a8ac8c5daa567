/** The documents whose examples are run: README.md and every file of docs/. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Block, blocksOf } from "./blocks.js";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export function documents(): readonly string[] {
  const guides = readdirSync(`${ROOT}docs`, { recursive: true, encoding: "utf8" });
  return ["README.md", ...guides.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];
}

export function examples(): Block[] {
  return documents().flatMap((file) => blocksOf(file, readFileSync(ROOT + file, "utf8")));
}

/** The blocks of a session, in the order of the documents. */
export function blocksOfSession(session: string): Block[] {
  return examples().filter(({ mark }) => mark?.kind === "example" && mark.name === session);
}
