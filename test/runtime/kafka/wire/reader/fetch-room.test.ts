/** How the room for fetches is shared out. */
import { describe, expect, it } from "vitest";
import { FetchRoom } from "../../../../../runtime/kafka/wire/reader/fetch-room.js";

const KIB = 1_024;

describe("the room for fetches", () => {
  it("is what is not held, up to the bound of one fetch", () => {
    const room = new FetchRoom(1_000 * KIB, 300 * KIB);
    expect(room.forOne(1)).toBe(300 * KIB);
    room.hold(800 * KIB);
    expect(room.forOne(1)).toBe(200 * KIB);
    room.hold(150 * KIB);
    expect(room.forOne(1)).toBe(0);
    room.release(50 * KIB);
    expect(room.forOne(1)).toBe(100 * KIB);
    expect(room.heldBytes).toBe(900 * KIB);
  });

  it("is shared by the brokers", () => {
    const room = new FetchRoom(1_000 * KIB, 900 * KIB);
    expect(room.forOne(4)).toBe(250 * KIB);
    room.hold(3 * 250 * KIB);
    expect(room.forOne(4)).toBe(250 * KIB);
    room.hold(250 * KIB);
    expect(room.forOne(4)).toBe(0);
  });

  it("is there for one fetch however small it is, once nothing is held", () => {
    const room = new FetchRoom(10, 1);
    expect(room.forOne(20)).toBe(1);
    room.hold(10);
    expect(room.forOne(20)).toBe(0);
    room.release(10);
    room.hold(1);
    expect(new FetchRoom(10, 100).forOne(1)).toBe(10);
  });

  it("is offered first to the broker that was not fetched from for longest", () => {
    const room = new FetchRoom(1, 1);
    expect(room.inTurn([1, 2, 3])).toEqual([1, 2, 3]);
    for (const nodeId of [2, 1, 2]) room.fetchesFrom(nodeId);
    expect(room.inTurn([1, 2, 3])).toEqual([3, 1, 2]);
    room.fetchesFrom(3);
    expect(room.inTurn([3, 2, 1])).toEqual([1, 2, 3]);
  });
});
