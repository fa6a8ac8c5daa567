/** Deployments on the servers that all tests share: for faults that harm nobody else. */
import { afterAll, beforeAll } from "vitest";
import { describeWithKafka, type Servers } from "../../../support/kafka/index.js";
import type { RunningService } from "../../../support/service.js";
import { Reader } from "../../../support/verifier/index.js";
import { Deployment, expectStops } from "./deployment.js";

export interface TestBed {
  readonly servers: Servers;
  /** Of what an operator does. */
  readonly bootstrap: string;
  deploy(): Promise<Deployment>;
  /** One that runs, and has processed some events. */
  running(): Promise<{ readonly deployment: Deployment; readonly service: RunningService }>;
  /** The same, stopped. */
  stopped(): Promise<Deployment>;
}

/** So many take a few checkpoints of each partition. */
export const EVENTS = 200;

/** As `describe`. */
export function describeOnSharedServers(name: string, tests: (bed: TestBed) => void): void {
  describeWithKafka(name, { kafka: "shared", registry: true, independentClient: true }, (servers) => {
    let reader: Reader;
    beforeAll(async () => {
      reader = await Reader.start(servers.kafka.bootstrap, servers.registry.url);
    });
    afterAll(() => reader.close());
    tests(
      bedOf(
        servers,
        () => servers.kafka.bootstrap,
        () => reader,
      ),
    );
  });
}

/** @param bootstrap that the instances are given. Functions, since the servers are there in tests only. */
export function bedOf(servers: Servers, bootstrap: () => string, reader: () => Reader): TestBed {
  const deploy = () => Deployment.make({ reader: reader(), brokers: bootstrap(), registryUrl: servers.registry.url });
  const running = async () => {
    const deployment = await deploy();
    const service = await deployment.started();
    await deployment.send(EVENTS);
    await deployment.atRest();
    return { deployment, service };
  };
  const stopped = async () => {
    const { deployment, service } = await running();
    await expectStops(service);
    return deployment;
  };
  return {
    servers,
    get bootstrap() {
      return bootstrap();
    },
    deploy,
    running,
    stopped,
  };
}
