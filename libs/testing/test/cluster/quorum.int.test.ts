import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { clusters, eventually, failure, newStream } from "./support.ts";

const ABORTED = 10;
const UNAVAILABLE = 14;

describe("one node of three", () => {
  const start = clusters();

  test("lets appends time out while it calls itself leader, then refuses them; they may still become visible", async () => {
    const { cluster, leader, one, other, at, stateOf, untilAppends } = await start({ pace: 1 });
    const live = at(leader).subscribe();
    const batches = at(leader).batches();
    await eventually(() => live.seen.caughtUp).toBe(true);
    await Promise.all([cluster.kill(one), cluster.kill(other)]);

    const stream = newStream();
    const timedOut = failure(at(leader).append(stream, { noStream: true }));
    const batched = batches.append(newStream());
    expect(await stateOf(leader)).toBe("Leader");
    // The append in flight makes others fail, and cannot be read.
    expect(await at(leader).append(stream, { noStream: true })).toBe("wrong revision");
    expect(await at(leader).read(stream)).toBe(0);
    expect(await timedOut).toMatchObject({ code: ABORTED, details: "Operation timed out: Commit phase timeout." });
    await eventually(() => batches.state.answers).toEqual([
      expect.objectContaining({
        id: batched,
        ok: false,
        code: 4,
        type: "type.googleapis.com/event_store.client.Timeout",
      }),
    ]);

    await eventually(() => stateOf(leader)).toBe("Unknown");
    expect(await failure(at(leader).append(newStream()))).toMatchObject({
      code: UNAVAILABLE,
      details: "Server Is Not Ready",
    });
    expect(await failure(at(leader).read(stream, { requiresLeader: true }))).toMatchObject({ code: UNAVAILABLE });
    const refused = batches.append(newStream());
    await eventually(() => batches.state.answers.at(-1)).toMatchObject({
      id: refused,
      code: 0,
      message: "Server Is Not Ready",
      type: "type.googleapis.com/google.protobuf.Empty",
    });
    expect(live.seen).toMatchObject({ streams: [], error: undefined });

    await Promise.all([cluster.start(one), cluster.start(other)]);
    await untilAppends(one);
    await eventually(() => live.seen.streams).toContain(stream);
    expect(await at(one).read(stream)).toBe(1);
    live.cancel();
    batches.cancel();
  });

  test("that was a follower is not ready either, and returning nodes first disagree about the leader", async () => {
    const { cluster, leader, one, other, at, gossip, stateOf, untilAppends } = await start();
    await Promise.all([cluster.kill(leader), cluster.kill(one)]);
    await eventually(() => stateOf(other)).toBe("Unknown");
    expect((await failure(at(other).append(newStream()))).code).toBe(UNAVAILABLE);

    await cluster.start(one);
    const seen = new Set<string>();
    const disagreements = new Set<string>();
    await eventually(async () => {
      const [byOne, byOther] = [await gossip(one), await gossip(other)];
      if (byOne === "silent" || byOther === "silent") return "silent";
      seen.add(byOne[1]?.state ?? "");
      // What node 1 says about node 2, and what node 2 says about itself.
      if (byOne[2]?.state !== byOther[2]?.state) disagreements.add(`${byOne[2]?.state}, not ${byOther[2]?.state}`);
      return `${byOther[1]?.state} ${byOther[2]?.state}`;
    }).toBe("Follower Leader");
    expect([...seen].slice(0, 4)).toEqual(["Manager", "DiscoverLeader", "Unknown", "PreReplica"]);
    expect([...disagreements]).toContain("Leader, not PreLeader");
    await untilAppends(one);
  });

  test("that is rejoined before it gives up goes on leading", async () => {
    const { cluster, leader, one, other, at, stateOf } = await start({ pace: 1 });
    await Promise.all([cluster.kill(one), cluster.kill(other)]);
    const appended = at(leader).append(newStream());
    await cluster.start(one);
    expect(await appended).toBe("0");
    await sleep(1_500);
    expect(await stateOf(leader)).toBe("Leader");
    expect(await stateOf(one)).toBe("Follower");
  });

  test("all killed and restarted elect a leader, and still have every event", async () => {
    const { cluster, leader, one, other, at, untilAppends } = await start();
    const stream = newStream();
    await at(leader).append(stream);
    await Promise.all([leader, one, other].map((index) => cluster.kill(index)));
    for (const index of [other, one, leader]) await cluster.start(index);
    await untilAppends(leader);
    expect(await at(one).read(stream)).toBe(1);
  });
});
