/** The verifier finds nothing in a correct history, and what is wrong in one with a planted fault: it can fail. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { announce, SEED } from "../../oracle/settings.js";
import { describeWithKafka, uniqueTopic } from "../kafka/index.js";
import { type History, makeHistory } from "./history.js";
import {
  type Application,
  awaitNoLag,
  awaitNoTransactions,
  describeViolation,
  Findings,
  Reader,
  readLocalStore,
  topicsOf,
  verify,
} from "./index.js";
import { one, PLANTED } from "./planted.js";
import { type Cluster, writeHistory, writeLocalStore } from "./written-history.js";

const PARTITIONS = 2;
const RULE = { workItemStream: "present" } as const;
/** For what never comes. */
const SHORT_MS = 1_500;

/** FAULT_OUTCOMES=all, as in .ci/run, and the long suite plant all of them; otherwise the first of each invariant. */
const ALL = process.env.FAULT_OUTCOMES === "all" || process.env.LONG === "1";
const CHOSEN = ALL
  ? PLANTED
  : PLANTED.filter(({ invariant }, index) => PLANTED.findIndex((one) => one.invariant === invariant) === index);

describeWithKafka("the verifier", { kafka: "shared", registry: true, independentClient: true }, (servers) => {
  let reader: Reader;
  beforeAll(async () => {
    announce("the verifier", { planted: CHOSEN.length, of: PLANTED.length });
    reader = await Reader.start(servers.kafka.bootstrap, servers.registry.url);
  });
  afterAll(() => reader.close());

  const cluster = (): Cluster => ({
    bootstrap: servers.kafka.bootstrap,
    registryUrl: servers.registry.url,
    client: servers.independentClient,
    reader,
  });

  const newApplication = (): Application => ({
    applicationId: uniqueTopic("app"),
    topicPrefix: `${uniqueTopic("verified")}-`,
    partitions: PARTITIONS,
  });

  /** Writes a history with a fault in it, and verifies it. */
  async function found(plant: (history: History) => void): Promise<Findings> {
    const application = newApplication();
    const history = await makeHistory(application, SEED);
    plant(history);
    await writeHistory(cluster(), history);
    const stores = [await readLocalStore(await writeLocalStore(history), PARTITIONS)];
    const findings = new Findings();
    await verify(findings, { reader, application, deliveries: history.deliveries, stores, options: RULE });
    return findings;
  }

  it("finds nothing in a correct history, and has looked at all of it", async () => {
    let made: History | undefined;
    const findings = await found((history) => {
      made = history;
    });
    expect(findings.violations.map(describeViolation)).toEqual([]);
    const { counts } = findings;
    expect(counts.get("raw events")).toBe(made?.raw.length);
    expect(counts.get("acknowledged deliveries")).toBe(made?.deliveries.size);
    expect(counts.get("decisions")).toBe(made?.decisions.length);
    expect(counts.get("assignments")).toBe(made?.assignments.length);
    expect(counts.get("dead letters")).toBe(made?.deadLetters.length);
    expect(counts.get("local rows")).toBe(counts.get("changelog rows"));
  });

  it.each(CHOSEN.map((planted) => [planted.invariant, planted.named, planted] as const))(
    "finds (%s) %s",
    async (invariant, _, { says, plant }) => {
      const findings = await found(plant);
      const said = findings.violations.filter((violation) => violation.invariant === invariant).map(describeViolation);
      expect(said.join("\n")).toMatch(says);
    },
  );

  it("finds that there is nothing to check", async () => {
    const findings = await found((history) => {
      for (const one of Object.values(history)) {
        if (Array.isArray(one)) one.splice(0);
        else if (one instanceof Map) one.clear();
      }
    });
    expect([...findings.found.keys()].sort()).toEqual(["I1", "I2", "I3", "I4", "I5", "I8"]);
  });

  it("takes a body that was not acknowledged for one that may be there or not", async () => {
    const findings = await found(({ deliveries }) => {
      const [first] = deliveries.values();
      if (first !== undefined) deliveries.set(first.id, { ...first, place: null });
      deliveries.set("lost", { id: "lost", outcome: { kind: "ignored" }, place: null });
    });
    expect(findings.violations.map(describeViolation)).toEqual([]);
  });

  it("finds (I6) lag that does not go to zero, where it is", async () => {
    const application = newApplication();
    const history = await makeHistory(application, SEED);
    const behind = one(
      history.committed,
      ({ topic, partition }) => topic.endsWith("work-item-events") && partition === 1,
    );
    behind.offset -= 2;
    await writeHistory(cluster(), history);
    const findings = new Findings();
    expect(await awaitNoLag(findings, reader, application, SHORT_MS)).toBeNull();
    const { offset } = behind;
    expect(findings.violations).toEqual([
      expect.objectContaining({ invariant: "I6", where: `${behind.topic}:1:${offset}`, found: offset }),
    ]);
  });

  it("waits for lag that goes to zero", async () => {
    const application = newApplication();
    await writeHistory(cluster(), await makeHistory(application, SEED));
    const findings = new Findings();
    expect(await awaitNoLag(findings, reader, application, SHORT_MS)).toBeGreaterThan(0);
    await awaitNoTransactions(findings, reader, application, servers.kafka.bootstrap, SHORT_MS);
    expect(findings.violations).toEqual([]);
    expect(findings.counts.get("transactional ids")).toBe(1);
  });

  it("finds (I7) a transaction that is left open, by what it holds back and by its name", async () => {
    const application = newApplication();
    const { applicationId } = application;
    await writeHistory(cluster(), await makeHistory(application, SEED));
    const open = await servers.independentClient.transactional(`${applicationId}-ratchet-left-open`);
    await open.begin();
    await open.send(topicsOf(application).decisions, [{ value: "never committed", partition: 0 }]);
    await open.flush();
    const findings = new Findings();
    await awaitNoTransactions(findings, reader, application, servers.kafka.bootstrap, SHORT_MS);
    await open.abort();
    expect(findings.violations.map(describeViolation)).toEqual([
      expect.stringMatching(/^I7 .*queue-assignment-decisions:0: stable up to \d+, ends at \d+/),
      expect.stringMatching(
        new RegExp(`^I7 ${applicationId}-ratchet-left-open: state of its transaction.*found "Ongoing"`),
      ),
    ]);
  });
});
