import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DELAYS } from "../../src/cluster/index.ts";
import { clusters, eventually, failure, newStream } from "./support.ts";

const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;
const INTERNAL = 13;

/** The states of a node while there is no leader. */
const PASSING = new Set(["Unknown", "PreLeader", "PreReplica"]);

describe("three nodes", () => {
  const start = clusters();

  test("agree on one leader, accept appends on any node, and show them on all", async () => {
    const { leader, one, other, at, gossip } = await start();
    for (const index of [leader, one, other]) {
      const members = await gossip(index);
      expect(members !== "silent" && members.map(({ state, alive }) => [state, alive])).toEqual([
        ["Leader", true],
        ["Follower", true],
        ["Follower", true],
      ]);
    }
    const live = at(other).subscribe();
    await eventually(() => live.seen.caughtUp).toBe(true);
    const stream = newStream();
    expect(await at(one).append(stream)).toBe("0");
    expect(await at(leader).append(stream)).toBe("1");
    expect(await at(other).read(stream)).toBe(2);
    await eventually(() => live.seen.streams).toEqual([stream, stream]);
    live.cancel();
  });

  test("lose a killed leader: its calls break at once, the others elect, and calls that hung before are not answered", async () => {
    const { cluster, leader, one, other, at, gossip, stateOf, untilAppends } = await start({ pace: 1 });
    const [onLeader, onSurvivor] = [at(leader).subscribe(), at(other).subscribe()];
    await eventually(() => onLeader.seen.caughtUp && onSurvivor.seen.caughtUp).toBe(true);

    await cluster.kill(leader);
    const hanging = failure(at(one).append(newStream(), { ms: 2_000 }));
    await eventually(() => onLeader.seen.error?.code).toBe(UNAVAILABLE);
    expect((await failure(at(leader).append(newStream(), { ms: 300 }))).code).not.toBe(0);
    const seen = new Set<string>();
    await eventually(async () => {
      const members = await gossip(one);
      if (members === "silent") return members;
      seen.add(members[1]?.state ?? "");
      return [
        members[0]?.alive,
        ...members
          .slice(1)
          .map(({ state }) => state)
          .sort(),
      ];
    }).toEqual([false, "Follower", "Leader"]);
    expect([...seen].filter((state) => PASSING.has(state))).not.toEqual([]);
    await untilAppends(other);
    expect((await hanging).code).toBe(DEADLINE_EXCEEDED);
    await eventually(() => onSurvivor.seen.streams.length).toBeGreaterThan(0);
    expect(onSurvivor.seen.error).toBeUndefined();

    await cluster.start(leader);
    const states = new Set<string>();
    await eventually(async () => {
      const state = await stateOf(leader);
      states.add(state);
      return state;
    }).toBe("Follower");
    expect(states).not.toContain("Leader");
    expect(await at(leader).append(newStream())).toBe("0");
    onSurvivor.cancel();
  });

  test("lose a leader that stops: it goes silent, then refuses, and ends subscriptions late", async () => {
    const { cluster, leader, one, at, stateOf, untilAppends } = await start({ pace: 1 });
    const live = at(leader).subscribe();
    await eventually(() => live.seen.caughtUp).toBe(true);

    await cluster.stop(leader);
    const hanging = failure(at(leader).append(newStream(), { ms: 400 }));
    expect(await stateOf(leader)).toBe("Leader");
    expect((await hanging).code).toBe(DEADLINE_EXCEEDED);
    await untilAppends(one);
    expect(await stateOf(leader)).toBe("silent");
    // The new leader's events do not arrive here, without any error.
    expect(live.seen).toMatchObject({ streams: [], error: undefined });
    await eventually(() => live.seen.error).toMatchObject({
      code: INTERNAL,
      details: expect.stringContaining("Received RST_STREAM with code 0"),
    });
    await eventually(() => cluster.endedByThemselves).toEqual([leader]);
  });

  test("replace a frozen leader, which ends by itself when it is thawed", async () => {
    const { cluster, leader, one, at, gossip, stateOf, untilAppends } = await start();
    const live = at(leader).subscribe();
    await eventually(() => live.seen.caughtUp).toBe(true);

    cluster.freeze(leader);
    expect(await stateOf(leader)).toBe("silent");
    expect((await failure(at(leader).append(newStream(), { ms: 300 }))).code).toBe(DEADLINE_EXCEEDED);
    await untilAppends(one);
    expect(live.seen).toMatchObject({ streams: [], error: undefined });

    // Asked while it is frozen, and answered in the moment before it ends.
    const asked = at(leader).readGossip(20_000);
    cluster.thaw(leader);
    expect((await asked).filter(({ state }) => state === "Leader")).toHaveLength(1);
    expect(await gossip(one)).toMatchObject([{ alive: false }, { state: "Leader" }, { state: "Follower" }]);
    await eventually(() => cluster.endedByThemselves).toEqual([leader]);
    await eventually(() => live.seen.error?.code).toBe(UNAVAILABLE);
    await cluster.start(leader);
    await eventually(() => stateOf(leader)).toBe("Follower");
  });

  test("keep a leader that thaws before the others notice", async () => {
    const { cluster, leader, at, stateOf } = await start({ pace: 1 });
    cluster.freeze(leader);
    const appended = at(leader).append(newStream(), { ms: 10_000 });
    await sleep(DELAYS.frozenNoticed / 6);
    cluster.thaw(leader);
    expect(await appended).toBe("0");
    await sleep(DELAYS.deposedEnds * 1.5);
    expect(await stateOf(leader)).toBe("Leader");
    expect(cluster.endedByThemselves).toEqual([]);
  });
});
