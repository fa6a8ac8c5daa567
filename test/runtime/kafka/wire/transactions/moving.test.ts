/** Open transactions while brokers come, go and hand over: scripted brokers, for which no real one would keep still. */
import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../../../runtime/kafka/wire/cluster.js";
import { Deadline } from "../../../../../runtime/kafka/wire/deadline.js";
import { brokerError } from "../../../../../runtime/kafka/wire/error-codes.js";
import { ConnectionError, DeadlineError, RefusedError, WireError } from "../../../../../runtime/kafka/wire/errors.js";
import { endTransaction, openTransactions } from "../../../../../runtime/kafka/wire/index.js";
import type { Api } from "../../../../../runtime/kafka/wire/protocol/api.js";
import type { DescribedTransaction } from "../../../../../runtime/kafka/wire/protocol/describe-transactions.js";
import type { ListTransactionsResponse } from "../../../../../runtime/kafka/wire/protocol/list-transactions.js";
import { settled } from "../support/wire.js";

const COORDINATOR_LOADING = 14;
const NOT_COORDINATOR = 16;
const CONCURRENT_TRANSACTIONS = 51;
const ID_REFUSED = 53;
const ID_NOT_FOUND = 105;

/** What brokers answer; of answers that come one after the other, the last one stays. */
class ScriptedCluster {
  /** What the next metadata name. */
  brokers = [1];
  nodes: readonly number[] = [];
  readonly lists = new Map<number, Answers<Partial<ListTransactionsResponse>>>();
  readonly descriptions = new Map<string, Answers<Partial<DescribedTransaction> | null>>();
  readonly initialised: number[] = [];
  recovered: unknown[] = [];
  coordinatorFound: Promise<void> = Promise.resolve();

  refresh = async () => {
    this.nodes = [...this.brokers];
  };
  recover = async (error: unknown) => {
    this.recovered.push(error);
  };
  connection = async (nodeId: number) => {
    const answers = this.lists.get(nodeId);
    if (answers === undefined) throw new ConnectionError(`broker ${nodeId} is down`);
    return this.#answering(() => ({ errorCode: 0, unknownStates: [], transactions: [], ...next(answers) }));
  };
  coordinator = async (_kind: string, id: string) => {
    await this.coordinatorFound;
    return this.#answering((api) => (api === "InitProducerId" ? this.#initialise() : this.#describe(id)));
  };

  #answering(answer: (api: string) => unknown) {
    return { request: async (api: Api<unknown, unknown>) => answer(api.name) };
  }

  #describe(id: string) {
    const found = next(this.descriptions.get(id) ?? [{ errorCode: ID_NOT_FOUND }]);
    const whole = { errorCode: 0, transactionalId: id, state: "Ongoing", timeoutMs: 1, startedAtMs: 2, producerId: 3 };
    return found === null ? [] : [{ ...whole, producerEpoch: 4, partitions: [], ...found }];
  }

  #initialise() {
    return { errorCode: this.initialised.shift() ?? 0, producerId: 1, producerEpoch: 1 };
  }
}

type Answers<Answer> = Answer[];

function next<Answer>(answers: Answers<Answer>): Answer {
  return (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
}

const listing = (...ids: string[]) => ({
  transactions: ids.map((transactionalId) => ({ transactionalId, producerId: 3, state: "Ongoing" })),
});

const options = (withinMs = 5_000) => ({ deadline: new Deadline(withinMs), channel: "test" });

/** @returns id and state of each */
async function found(cluster: ScriptedCluster, withinMs?: number): Promise<string[]> {
  const transactions = await openTransactions(cluster as unknown as Cluster, { ...options(withinMs), prefix: "app-" });
  return transactions.map(({ transactionalId, state }) => `${transactionalId} ${state}`).sort();
}

describe("open transactions", () => {
  it("are those of all brokers, each once, in every state that holds others up", async () => {
    const cluster = new ScriptedCluster();
    cluster.brokers = [1, 2];
    cluster.lists.set(1, [listing("app-1", "app-2", "apple")]).set(2, [listing("app-2", "app-3")]);
    cluster.descriptions.set("app-1", [{ state: "Ongoing" }]).set("apple", [{ state: "Ongoing" }]);
    cluster.descriptions.set("app-2", [{ state: "PrepareCommit" }]).set("app-3", [{ state: "PrepareAbort" }]);
    expect(await found(cluster)).toEqual(["app-1 Ongoing", "app-2 PrepareCommit", "app-3 PrepareAbort"]);
  });

  it("are asked for again at a coordinator that is loading, and at one that an id has moved to", async () => {
    const cluster = new ScriptedCluster();
    cluster.lists.set(1, [{ errorCode: COORDINATOR_LOADING }, listing("app-1", "app-2")]);
    cluster.descriptions.set("app-1", [{ errorCode: NOT_COORDINATOR }, {}]).set("app-2", [null, {}]);
    expect(await found(cluster)).toEqual(["app-1 Ongoing", "app-2 Ongoing"]);
    expect(cluster.recovered).toMatchObject([
      { code: COORDINATOR_LOADING },
      ...Array(2).fill({ code: NOT_COORDINATOR }),
    ]);
  });

  it("are not those that ended or vanished after they were listed", async () => {
    const cluster = new ScriptedCluster();
    cluster.lists.set(1, [listing("app-1", "app-2", "app-3")]);
    cluster.descriptions.set("app-1", [{ state: "CompleteAbort" }]).set("app-2", [{ errorCode: ID_NOT_FOUND }]);
    cluster.descriptions.set("app-3", [{}]);
    expect(await found(cluster)).toEqual(["app-3 Ongoing"]);
  });

  it("cannot be told while a broker that should be there is not, nor while none is known", async () => {
    const cluster = new ScriptedCluster();
    cluster.brokers = [1, 2];
    cluster.lists.set(1, [listing()]);
    const error = await settled(found(cluster, 100));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toHaveProperty("message", expect.stringMatching(/open transactions of app-.*broker 2 is down/));
    cluster.brokers = [];
    expect(await settled(found(cluster, 100))).toBeInstanceOf(DeadlineError);
  });

  it("can be told once the cluster has given up a dead broker, whose ids another coordinates", async () => {
    const cluster = new ScriptedCluster();
    cluster.brokers = [1, 2];
    cluster.lists.set(1, [listing("app-1"), listing("app-1", "app-2")]);
    cluster.descriptions.set("app-1", [{}]).set("app-2", [{}]);
    cluster.recover = async () => {
      cluster.brokers = [1];
    };
    expect(await found(cluster)).toEqual(["app-1 Ongoing", "app-2 Ongoing"]);
  });

  it("cannot be told by a broker that has other states, nor of ids that may not be described", async () => {
    const cluster = new ScriptedCluster();
    cluster.lists.set(1, [{ unknownStates: ["PrepareAbort"] }]);
    const error = await settled(found(cluster));
    expect(error).toBeInstanceOf(WireError);
    expect(error).toHaveProperty("message", expect.stringMatching(/broker 1 does not know the states PrepareAbort$/));
    cluster.lists.set(1, [listing("app-1")]);
    cluster.descriptions.set("app-1", [{ errorCode: ID_REFUSED }]);
    expect(await settled(found(cluster))).toBeInstanceOf(RefusedError);
  });
});

describe("ending a transaction", () => {
  it("is over when the coordinator has completed it, and not before", async () => {
    const cluster = new ScriptedCluster();
    cluster.initialised.push(CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS);
    await endTransaction(cluster as unknown as Cluster, "app-1", options());
    expect(cluster.initialised).toEqual([]);
    expect(cluster.recovered).toHaveLength(3);
  });

  it("is given up at the deadline, and at once when it is not allowed", async () => {
    const cluster = new ScriptedCluster();
    cluster.initialised.push(...Array(1_000).fill(CONCURRENT_TRANSACTIONS));
    const late = await settled(endTransaction(cluster as unknown as Cluster, "app-1", options(100)));
    expect(late).toBeInstanceOf(DeadlineError);
    cluster.initialised.splice(0, Infinity, ID_REFUSED);
    const refused = await settled(endTransaction(cluster as unknown as Cluster, "app-1", options()));
    expect(refused).toEqual(brokerError("fencing the writers of app-1", ID_REFUSED));
  });

  it("fences nobody after it was given up, though the coordinator is found later", async () => {
    const cluster = new ScriptedCluster();
    cluster.initialised.push(0);
    let found: () => void = () => undefined;
    cluster.coordinatorFound = new Promise((resolve) => {
      found = resolve;
    });
    await settled(endTransaction(cluster as unknown as Cluster, "app-1", options(50)));
    found();
    await new Promise(setImmediate);
    expect(cluster.initialised).toEqual([0]);
  });
});
