/** The assignment by itself: complete, balanced, sticky, near to the stores, the same whoever makes it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignPartitions, type Candidate } from "../../../../../runtime/kafka/wire/membership/assignor/assign.js";
import { decodeClaims, encodeClaims } from "../../../../../runtime/kafka/wire/membership/assignor/claims.js";
import { propertyRuns } from "../../../embedded/support/property-runs.js";

const RUNS = 500;

const PARTITIONS = fc.integer({ min: 0, max: 40 });
const NUMBER = fc.integer({ min: -2, max: 45 });

/** Whatever members may claim, be it true or not. */
const MEMBERS: fc.Arbitrary<Candidate[]> = fc.uniqueArray(
  fc.record({
    memberId: fc.string({ minLength: 1, maxLength: 3 }),
    generation: fc.integer({ min: -1, max: 5 }),
    owned: fc.uniqueArray(NUMBER, { maxLength: 20 }),
    positions: fc
      .array(fc.tuple(NUMBER, fc.integer({ min: 0, max: 100 })), { maxLength: 20 })
      .map((positions) => new Map(positions)),
  }),
  { minLength: 1, maxLength: 9, selector: ({ memberId }) => memberId },
);

const member = (memberId: string, claims: Partial<Candidate> = {}): Candidate => ({
  generation: -1,
  owned: [],
  positions: new Map(),
  ...claims,
  memberId,
});

/** The members as they come to the next join. */
const settled = (assigned: ReadonlyMap<string, readonly number[]>, generation: number): Candidate[] =>
  [...assigned].map(([memberId, owned]) => member(memberId, { generation, owned }));

describe("K17 the assignment", () => {
  it("gives each partition to exactly one member, and none that there is not", () => {
    fc.assert(
      fc.property(PARTITIONS, MEMBERS, (partitions, members) => {
        const given = [...assignPartitions(partitions, members).values()].flat().sort((a, b) => a - b);
        expect(given).toEqual(Array.from({ length: partitions }, (_, partition) => partition));
      }),
      propertyRuns(RUNS),
    );
  });

  it("is balanced within one, and names every member", () => {
    fc.assert(
      fc.property(PARTITIONS, MEMBERS, (partitions, members) => {
        const assigned = assignPartitions(partitions, members);
        expect([...assigned.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort());
        const sizes = [...assigned.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      propertyRuns(RUNS),
    );
  });

  it("is the same in whatever order the members come", () => {
    const shuffled = MEMBERS.chain((members) =>
      fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })),
    );
    fc.assert(
      fc.property(PARTITIONS, shuffled, (partitions, [members, others]) => {
        expect(new Map([...assignPartitions(partitions, others)])).toEqual(
          new Map([...assignPartitions(partitions, members)]),
        );
      }),
      propertyRuns(RUNS),
    );
  });

  it("moves nothing when nobody comes or goes", () => {
    fc.assert(
      fc.property(PARTITIONS, MEMBERS, (partitions, members) => {
        const before = assignPartitions(partitions, members);
        expect(new Map([...assignPartitions(partitions, settled(before, 6))])).toEqual(new Map([...before]));
      }),
      propertyRuns(RUNS),
    );
  });

  it("moves partitions only to a member that comes", () => {
    fc.assert(
      fc.property(PARTITIONS, MEMBERS, (partitions, members) => {
        const before = assignPartitions(partitions, members);
        const after = assignPartitions(partitions, [...settled(before, 6), member("a newcomer")]);
        for (const [memberId, owned] of before) {
          expect(owned).toEqual(expect.arrayContaining([...(after.get(memberId) ?? [])]));
        }
      }),
      propertyRuns(RUNS),
    );
  });

  it("moves no partitions but those of a member that goes", () => {
    fc.assert(
      fc.property(PARTITIONS, MEMBERS, fc.nat(), (partitions, members, index) => {
        const before = assignPartitions(partitions, members);
        const gone = members[index % members.length]?.memberId;
        const rest = settled(before, 6).filter(({ memberId }) => memberId !== gone);
        fc.pre(rest.length > 0);
        const after = assignPartitions(partitions, rest);
        for (const { memberId, owned } of rest) expect(after.get(memberId)).toEqual(expect.arrayContaining([...owned]));
      }),
      propertyRuns(RUNS),
    );
  });

  it("leaves a partition to its owner, and not to a member that returns with a claim of an older generation", () => {
    const members = [
      member("returned", { generation: 3, owned: [0, 1, 2, 3] }),
      member("owner", { generation: 7, owned: [0, 1] }),
      member("another owner", { generation: 7, owned: [2, 3] }),
    ];
    const assigned = assignPartitions(6, members);
    expect(assigned.get("owner")).toEqual([0, 1]);
    expect(assigned.get("another owner")).toEqual([2, 3]);
    expect(assigned.get("returned")).toEqual([4, 5]);
  });

  it("gives what nobody has to the member whose store is nearest the end", () => {
    const members = [
      member("a", {
        positions: new Map([
          [0, 10],
          [1, 50],
        ]),
      }),
      member("b", {
        positions: new Map([
          [0, 20],
          [1, 40],
        ]),
      }),
    ];
    expect([...assignPartitions(2, members)]).toEqual([
      ["a", [1]],
      ["b", [0]],
    ]);
  });

  it("hands over to a member that comes what it has a store of", () => {
    const owner = member("owner", {
      generation: 1,
      owned: [0, 1, 2, 3],
      positions: new Map([
        [0, 9],
        [1, 9],
        [2, 9],
        [3, 9],
      ]),
    });
    const newcomer = member("newcomer", {
      positions: new Map([
        [0, 8],
        [2, 8],
      ]),
    });
    expect(assignPartitions(4, [owner, newcomer]).get("newcomer")).toEqual([0, 2]);
  });
});

describe("a member's claims", () => {
  const claims = {
    generation: 12,
    owned: [3, 1],
    positions: new Map([
      [3, 2 ** 40],
      [7, 0],
    ]),
  };
  const none = { generation: -1, owned: [], positions: new Map() };

  it("arrive as they were sent", () => {
    expect(decodeClaims(encodeClaims(claims))).toEqual(claims);
  });

  it("are none in another version, in a broken form and in none at all", () => {
    const other = encodeClaims(claims);
    other[0] = 2;
    expect(decodeClaims(other)).toEqual(none);
    expect(decodeClaims(encodeClaims(claims).subarray(0, -1))).toEqual(none);
    expect(decodeClaims(Buffer.alloc(0))).toEqual(none);
    expect(decodeClaims(null)).toEqual(none);
  });

  it("do not make the assignment fail, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const assigned = assignPartitions(5, [
          member("a"),
          { ...decodeClaims(Buffer.from([1, ...bytes])), memberId: "b" },
        ]);
        expect([...assigned.values()].flat().sort()).toEqual([0, 1, 2, 3, 4]);
      }),
      propertyRuns(RUNS),
    );
  });
});
