/** Every move between two states of a task and of an engine: legal, or refused. */
import { describe, expect, it } from "vitest";
import {
  ENGINE_MOVES,
  type EngineState,
  LifeCycle,
  type Moves,
  TASK_MOVES,
  type TaskState,
} from "../../runtime/life-cycle.js";

/** From the row's state to the column's, written a second time. */
const TASK: Readonly<Record<TaskState, Readonly<Record<TaskState, boolean>>>> = {
  created: { created: false, restoring: true, running: false, suspended: false, closed: true },
  restoring: { created: false, restoring: false, running: true, suspended: true, closed: true },
  running: { created: false, restoring: false, running: false, suspended: true, closed: true },
  suspended: { created: false, restoring: true, running: false, suspended: false, closed: true },
  closed: { created: false, restoring: false, running: false, suspended: false, closed: false },
};

const NO_ENGINE_MOVES = {
  starting: false,
  running: false,
  rebalancing: false,
  stopping: false,
  stopped: false,
  failed: false,
};
const ENGINE: Readonly<Record<EngineState, Readonly<Record<EngineState, boolean>>>> = {
  starting: { ...NO_ENGINE_MOVES, running: true, stopping: true, failed: true },
  running: { ...NO_ENGINE_MOVES, rebalancing: true, stopping: true, failed: true },
  rebalancing: { ...NO_ENGINE_MOVES, running: true, stopping: true, failed: true },
  stopping: { ...NO_ENGINE_MOVES, stopped: true, failed: true },
  stopped: NO_ENGINE_MOVES,
  failed: NO_ENGINE_MOVES,
};

function eachMove<State extends string>(table: Readonly<Record<State, Readonly<Record<State, boolean>>>>) {
  const states = Object.keys(table) as State[];
  return states.flatMap((from) => states.map((to) => [from, to, table[from][to]] as const));
}

function expectMove<State extends string>(moves: Moves<State>, from: State, to: State, isLegal: boolean): void {
  const told: string[] = [];
  const lifeCycle = new LifeCycle("it", moves, from, (...move) => told.push(move.join(" ")));
  if (isLegal) {
    lifeCycle.move(to);
    expect(told).toEqual([`${from} ${to}`]);
  } else {
    expect(() => lifeCycle.move(to)).toThrow(`it: no move from ${from} to ${to}`);
    expect(told).toEqual([]);
  }
  expect(lifeCycle.state).toBe(isLegal ? to : from);
}

describe("a task's move", () => {
  it.each(eachMove(TASK))("from %s to %s (legal: %s)", (...move) => expectMove(TASK_MOVES, ...move));
});

describe("an engine's move", () => {
  it.each(eachMove(ENGINE))("from %s to %s (legal: %s)", (...move) => expectMove(ENGINE_MOVES, ...move));
});
