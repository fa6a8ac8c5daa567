/** Who gets which partitions: balanced within one, with as few moves as that allows, and near to the stores that are there. */

/** What a member says of itself when it joins. */
export interface Claims {
  /** In which `owned` was assigned; -1: never. A claim of an older generation than another's is stale. */
  readonly generation: number;
  readonly owned: readonly number[];
  /** Partition to the offset up to which a store of it is there. */
  readonly positions: ReadonlyMap<number, number>;
}

export interface Candidate extends Claims {
  readonly memberId: string;
}

interface Seat {
  readonly member: Candidate;
  readonly limit: number;
  readonly given: Set<number>;
}

/**
 * The same result for the same members in whatever order: whichever of them leads the group.
 * @param partitionCount partitions are the numbers below it
 * @returns member id to partitions, ascending; every member is there
 */
export function assignPartitions(
  partitionCount: number,
  members: readonly Candidate[],
): ReadonlyMap<string, readonly number[]> {
  const sorted = [...members].sort((one, other) => compareText(one.memberId, other.memberId));
  const seats = keepOwned(partitionCount, sorted);
  const free = new Set(partitionsBelow(partitionCount));
  for (const { given } of seats) for (const partition of given) free.delete(partition);
  giveToNearest(free, seats);
  giveRest(free, seats);
  return new Map(seats.map(({ member, given }) => [member.memberId, [...given].sort((one, other) => one - other)]));
}

/** Everybody keeps what was theirs, up to their share; the shares that are larger by one go to those who had most. */
function keepOwned(partitionCount: number, members: readonly Candidate[]): Seat[] {
  const owners = lastOwners(partitionCount, members);
  const ownedBy = (member: Candidate) =>
    partitionsBelow(partitionCount).filter((partition) => owners.get(partition) === member);
  const byOwned = members
    .map((member) => ({ member, owned: ownedBy(member) }))
    .sort((one, other) => other.owned.length - one.owned.length);
  const share = Math.floor(partitionCount / members.length);
  const larger = partitionCount % members.length;
  return byOwned.map(({ member, owned }, index) => {
    const limit = share + (index < larger ? 1 : 0);
    // What has to go goes where a store is: kept is what the others are farthest behind in.
    const ahead = (partition: number) => position(member, partition) - nearest(partition, members, member);
    const kept = owned.sort((one, other) => ahead(other) - ahead(one) || one - other).slice(0, limit);
    return { member, limit, given: new Set(kept) };
  });
}

/** Of several who claim a partition, the one with the latest generation had it: the others were away. */
function lastOwners(partitionCount: number, members: readonly Candidate[]): Map<number, Candidate> {
  const owners = new Map<number, Candidate>();
  for (const member of members) {
    for (const partition of member.owned) {
      const known = owners.get(partition);
      if (partition < 0 || partition >= partitionCount) continue;
      if (known === undefined || member.generation > known.generation) owners.set(partition, member);
    }
  }
  return owners;
}

/** To members whose store of it is there; the pairs with the least to catch up first. */
function giveToNearest(free: Set<number>, seats: readonly Seat[]): void {
  const members = seats.map(({ member }) => member);
  const pairs = [...free].flatMap((partition) => {
    const best = nearest(partition, members);
    return seats
      .filter(({ member }) => member.positions.has(partition))
      .map((seat) => ({ partition, seat, behind: best - position(seat.member, partition) }));
  });
  pairs.sort(
    (one, other) =>
      one.behind - other.behind ||
      one.partition - other.partition ||
      compareText(one.seat.member.memberId, other.seat.member.memberId),
  );
  for (const { partition, seat } of pairs) {
    if (!free.has(partition) || seat.given.size >= seat.limit) continue;
    seat.given.add(partition);
    free.delete(partition);
  }
}

function giveRest(free: ReadonlySet<number>, seats: readonly Seat[]): void {
  const room = (seat: Seat) => seat.limit - seat.given.size;
  for (const partition of [...free].sort((one, other) => one - other)) {
    const roomiest = seats.reduce<Seat | null>(
      (most, seat) => (most === null || room(seat) > room(most) ? seat : most),
      null,
    );
    roomiest?.given.add(partition);
  }
}

/** Without a store everything is still to be restored. */
function position(member: Candidate, partition: number): number {
  return member.positions.get(partition) ?? -1;
}

function nearest(partition: number, members: readonly Candidate[], except: Candidate | null = null): number {
  return members.reduce((best, one) => (one === except ? best : Math.max(best, position(one, partition))), -1);
}

function partitionsBelow(count: number): number[] {
  return Array.from({ length: count }, (_, partition) => partition);
}

/** By code units: the same on every machine, whatever its language. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
