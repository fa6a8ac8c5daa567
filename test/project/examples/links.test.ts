/** Links of README.md and docs/ within the project lead somewhere: to a file, and to a heading in it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { documents, ROOT } from "./documents.js";

const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g;

/** As GitHub makes them of headings. */
function anchors(markdown: string): string[] {
  const text = markdown.replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

it("every link within the project leads somewhere", () => {
  const broken: string[] = [];
  let links = 0;
  for (const file of documents()) {
    for (const [link, path = "", anchor] of readFileSync(ROOT + file, "utf8").matchAll(LINK)) {
      links += 1;
      const target = path === "" ? file : normalize(join(dirname(file), path));
      if (!existsSync(ROOT + target)) broken.push(`${file}: ${link}`);
      else if (anchor !== undefined && !anchors(readFileSync(ROOT + target, "utf8")).includes(anchor))
        broken.push(`${file}: ${link}`);
    }
  }
  expect(links).toBeGreaterThan(30);
  expect(broken).toEqual([]);
});
