/** The deployment files fit each other and the product; and each check notices when they do not. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BROKEN } from "./broken.js";
import { CHECKS, type CheckName } from "./checks/index.js";
import { type Change, readDeployment } from "./deployment.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NAMES = Object.keys(CHECKS) as CheckName[];

describe("of the deployment files", () => {
  it.each(NAMES)("%s", (name) => {
    expect(CHECKS[name](readDeployment(ROOT))).toEqual([]);
  });
});

describe("of a broken copy", () => {
  const broken = NAMES.flatMap((name) =>
    BROKEN[name].map(([file, find, replace, said]): [CheckName, string, Change] => [
      name,
      said,
      { file, find, replace },
    ]),
  );

  it.each(broken)("%s: no, %s", (name, said, change) => {
    expect(CHECKS[name](readDeployment(ROOT, change)).join("\n")).toContain(said);
  });

  it("a misspelt key is refused", () => {
    const change = { file: "docker-compose.yml", find: "stop_grace_period: 15s", replace: "stop_grace_time: 15s" };
    expect(() => readDeployment(ROOT, change)).toThrow("stop_grace_time");
  });
});
