/** Faults of brokers. */
import { setTimeout as delay } from "node:timers/promises";
import { between, type Fault } from "./fault.js";

export const killBroker: Fault = ({ fleet, random }) =>
  fleet.harmBroker(async (broker) => {
    await broker.kill();
    await delay(between(random, 100, 2_500));
    broker.start();
  });

/** Its leaderships move away orderly, and come back after it. */
export const moveLeaders: Fault = ({ fleet, random }) =>
  fleet.harmBroker(async (broker) => {
    await broker.shutdown();
    await delay(between(random, 100, 1_000));
    broker.start();
  });

export const pauseBroker: Fault = ({ fleet, random }) =>
  fleet.harmBroker(async (broker) => {
    broker.pause();
    await delay(between(random, 500, 5_000));
    broker.resume();
  });
