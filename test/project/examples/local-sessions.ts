/** Sessions that need no server but this program's own. */
import { readFileSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { freePorts, until } from "../../support/kafka/processes/index.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT } from "../../support/program.js";
import { ROOT } from "./documents.js";
import { mergeRandomRecords } from "./postgresql.js";
import type { Surroundings } from "./session.js";
import type { Shell } from "./shell.js";

export interface LocalSession {
  /** Programs that its commands call, beside ours. */
  readonly programs?: readonly string[];
  readonly surroundings: () => Surroundings | Promise<Surroundings>;
}

export const LOCAL_SESSIONS: Readonly<Record<string, LocalSession>> = {
  try: { programs: ["jq"], surroundings: () => ({ before: putEvents }) },
  webhooks: { surroundings: webhooks },
  "dead-letters": { surroundings: () => ({ before: putLetters("queue-ratchet-data") }) },
  "first-day": { programs: ["jq"], surroundings: () => ({ before: putLateEvents }) },
  backup: { surroundings: () => ({ ...anyPorts, before: putAllEvents }) },
  replay: { surroundings: () => ({ ...anyPorts, before: putProcessed }) },
  republish: { surroundings: () => ({ ...anyPorts, before: runOnProcessed }) },
  reset: { surroundings: () => ({ ...anyPorts, before: putProcessed }) },
  "readme-reset": {
    surroundings: () => ({
      ...anyPorts,
      replace: [
        ["reset --data-dir /var/lib/queue-ratchet              #", "reset --yes --data-dir data #"],
        ["/var/lib/queue-ratchet", "data"],
      ],
      before: putProcessed,
    }),
  },
  "readme-republish": {
    surroundings: () => ({ env: { ...anyPorts.env, QUEUE_RATCHET_DATA_DIR: "data" }, before: runOnProcessed }),
  },
  // It is compiled; docs/consuming.md has those that are run.
  "readme-consume": { surroundings: () => ({}) },
  "readme-replay": {
    surroundings: () => ({
      ...anyPorts,
      replace: [
        ["new/queue-ratchet", "queue-ratchet"],
        ["KEY", INCIDENT_KEY],
      ],
      before: async (shell) => {
        await putProcessed(shell);
        await succeeded(shell, "mv data queue-ratchet-data");
      },
    }),
  },
  postgresql: { surroundings: () => ({ after: mergeRandomRecords }) },
  "runbook-dead-letters": {
    surroundings: () => ({
      before: putLetters("there"),
      replace: [
        ["FOLDER", "there"],
        ["PARTITION:OFFSET", "0:3"],
      ],
    }),
  },
  "runbook-keys": {
    programs: ["jq"],
    surroundings: () => ({ before: putEvents, replace: [["FILE", "events.ndjson"]] }),
  },
};

/** The incident, as documents of one's own: all but its audit line, which names no tenant. */
export async function putEvents({ folder }: Shell): Promise<void> {
  await writeFile(join(folder, "events.ndjson"), `${incidentLines().slice(0, -1).join("\n")}\n`);
}

const anyPorts = { env: { QUEUE_RATCHET_PORT: "0", QUEUE_RATCHET_METRICS_PORT: "0" } };

/** The last two events, as a service sees them that was not there before. */
async function putLateEvents({ folder }: Shell): Promise<void> {
  await writeFile(join(folder, "late.ndjson"), `${incidentLines().slice(-3, -1).join("\n")}\n`);
}

async function putAllEvents({ folder }: Shell): Promise<void> {
  await writeFile(join(folder, "events.ndjson"), `${incidentLines().join("\n")}\n`);
}

/** The folder of a stopped service that has processed the incident. */
export async function putProcessed(shell: Shell): Promise<void> {
  await putAllEvents(shell);
  const input = `--tenant ${INCIDENT_TENANT} --input events.ndjson --exit-after-input`;
  await succeeded(shell, `queue-ratchet start --data-dir data ${input}`);
}

async function runOnProcessed(shell: Shell): Promise<void> {
  await putProcessed(shell);
  await succeeded(
    shell,
    "queue-ratchet start --data-dir data > service.log & until grep ready service.log; do sleep 0.1; done",
  );
}

/** Audit lines name no tenant: without `--tenant` each is a dead letter. */
function putLetters(folder: string): (shell: Shell) => Promise<void> {
  return async (shell) => {
    const audit = incidentLines().at(-1) ?? "";
    const lines = Array.from({ length: 20 }, (_, index) => audit.replaceAll("5975515570340052903", `59755155${index}`));
    await writeFile(join(shell.folder, "letters.ndjson"), `${lines.join("\n")}\n`);
    await succeeded(
      shell,
      `queue-ratchet start --data-dir ${folder} --port 0 --metrics-port 0 --input letters.ndjson --exit-after-input`,
    );
    expect(await succeeded(shell, `queue-ratchet dead-letters list --data-dir ${folder} --json`)).toContain("0:17");
  };
}

function incidentLines(): string[] {
  return readFileSync(INCIDENT, "utf8").trimEnd().split("\n");
}

async function webhooks(): Promise<Surroundings> {
  const { env, replace } = await ports();
  return {
    env,
    replace: [...replace, ["--source kustomer dist", `--url ${env.SERVICE} --source kustomer dist`]],
    before: ({ folder }) => symlink(join(ROOT, "dist"), join(folder, "dist")),
    after: async (shell) => {
      const url = `${env.SERVICE}/api/assignments/${encodeURIComponent(INCIDENT_KEY)}`;
      const known = async () => (await fetch(url)).status === 200;
      expect(await until(known, 10_000), await shell.said()).toBe(true);
    },
  };
}

/** The ports of the documents, which somebody else may have here. */
export async function ports() {
  const [http, metrics] = await freePorts(2);
  return {
    env: {
      QUEUE_RATCHET_PORT: String(http),
      QUEUE_RATCHET_METRICS_PORT: String(metrics),
      SERVICE: `http://127.0.0.1:${http}`,
    },
    replace: [
      ["127.0.0.1:8080", `127.0.0.1:${http}`],
      ["127.0.0.1:9464", `127.0.0.1:${metrics}`],
    ] as const,
  };
}

/** @throws Error with what it printed */
export async function succeeded(shell: Shell, command: string): Promise<string> {
  const { code, output } = await shell.run(command);
  if (code !== 0) throw new Error(`${command}: ended with ${code}:\n${output}`);
  return output;
}
