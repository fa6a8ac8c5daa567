/** `dead-letters` against a real broker, as a user runs it, with what it wrote read by a client of other hands. */
import { expect, it } from "vitest";
import { ServiceDeadLetters } from "../../../cli/dead-letters/from-service.js";
import { OperatorClient } from "../../../cli/operator/operator-client.js";
import { listOf } from "../../runtime/dead-letters/steps.js";
import { describeWithKafka, until } from "../../support/kafka/index.js";
import { INCIDENT, INCIDENT_TENANT, rows, run } from "../../support/program.js";
import { startService } from "../../support/service.js";
import { newApplication } from "./support/application.js";

const ENDING = ["--exit-after-input", "--port", "0", "--metrics-port", "0"];

describeWithKafka("dead letters on Kafka", { kafka: "shared", registry: true, independentClient: true }, (servers) => {
  it("are sent through again by a command of their own, once, and decided by the next instance", async () => {
    const application = newApplication(servers);
    const folder = await application.folder();
    const flags = application.flags(folder);
    const deadLetters = (...args: string[]) => run(["dead-letters", ...args, ...flags]);
    const read = (name: string) =>
      servers.independentClient.read({ topic: `${application.topicPrefix}${name}`, isolation: "read_committed" });
    // Without a tenant, which the incident's audit line needs.
    await run(["start", ...flags, "--input", INCIDENT, ...ENDING]);
    const listed = await deadLetters("list", "--json");
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    const [letter, ...more] = rows(listed.stdout);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ code: "MISSING_TENANT", sentAgain: false });

    expect(await deadLetters("resend", "--all")).toEqual({ code: 0, stdout: "1 dead letter: 1 sent.\n", stderr: "" });
    expect((await deadLetters("resend", String(letter?.place))).stdout).toContain("it was sent through again before");
    const [stored] = await read("dead-letters");
    const raw = await read("raw-events");
    const sent = raw.filter(({ headers }) => headers.some(([name]) => name === "dead-letter"));
    expect(sent).toHaveLength(1);
    const { key, value, partition, timestampMs } = sent[0] ?? {};
    expect({ key, value, timestampMs }).toEqual({
      key: stored?.key,
      value: stored?.value,
      timestampMs: stored?.timestampMs,
    });
    expect(partition).toBe(letter?.originalPartition);

    const service = startService([...flags, "--tenant", INCIDENT_TENANT]);
    await service.ready();
    expect(await until(async () => (await read("queue-assignment-decisions")).length === 13, 20_000)).toBe(true);
    expect(rows((await deadLetters("list", "--json")).stdout)).toMatchObject([
      { place: letter?.place, sentAgain: true, sentAs: expect.stringContaining("raw-events:"), failedAgainAs: null },
    ]);

    // Its service has an operator endpoint too, for commands to come.
    const client = await OperatorClient.connect(folder);
    if (client === null) throw new Error("the service has no operator endpoint");
    expect((await listOf(new ServiceDeadLetters(client))).letters).toMatchObject([{ place: letter?.place }]);
  });

  it("of other settings are not found: the prefix is named", async () => {
    const application = newApplication(servers);
    const { code, stderr } = await run(["dead-letters", "list", ...application.flags("unused")]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `queue-ratchet: the brokers have no topic ${application.topicPrefix}dead-letters: does --topic-prefix fit?\n`,
    );
  });
});
