/** Examples that no test can run here: each with why, and what checks it instead. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  install: "npm ci and npm test are what .ci/run does; the script of npm start is run by readme.test.ts",
  link: "npm link changes the machine; the build is made before the tests, and test/cli runs what is built",
  "replay-ranges":
    "its offsets are of somebody's topics; test/cli/replay runs these flags, and docs/operations.md the recipes",
  compose: "there is no Docker daemon: test/ops holds docker-compose.yml to the Compose schema and to the settings",
};
