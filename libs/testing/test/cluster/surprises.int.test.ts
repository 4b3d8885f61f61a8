import { describe, expect } from "vitest";
import { clientOf } from "./client.ts";
import { eventually, failure, newStream, standIns, standInTest } from "./support.ts";

const NOT_FOUND = 5;

describe("what surprises a client of three nodes", () => {
  const start = standIns();

  standInTest("a conflict is reported before anybody can read the conflicting event", async () => {
    const { cluster, leader, one, at } = await start();
    cluster.visibleAfter(1_500);
    const stream = newStream();
    const first = at(leader).append(stream, { noStream: true });
    await eventually(() => at(one).append(stream, { noStream: true })).toBe("wrong revision");
    expect(await at(leader).read(stream)).toBe(0);
    expect(await first).toBe("0");
    expect(await at(leader).read(stream)).toBe(1);
  });

  standInTest("a follower refuses calls that require the leader, and says where the leader is", async () => {
    const { cluster, leader, one, at } = await start();
    const port = Number(/:(\d+)\?/.exec(cluster.nodes[leader]?.url ?? "")?.[1]);
    const stream = newStream();
    for (const call of [
      () => at(one).append(stream, { requiresLeader: true }),
      () => at(one).read(stream, { requiresLeader: true }),
    ]) {
      const { code, details, metadata } = await failure(call());
      expect([code, details]).toEqual([NOT_FOUND, "Leader info available"]);
      expect(metadata.getMap()).toMatchObject({
        exception: "not-leader",
        "leader-endpoint-host": "127.0.0.1",
        "leader-endpoint-port": String(port),
      });
    }
    expect(await at(leader).append(stream, { requiresLeader: true })).toBe("0");
    expect(await at(one).append(stream)).toBe("1");
    expect(await at(one).read(stream)).toBe(2);
  });

  standInTest("an answer to a batched append comes late, after another batch call has broken", async () => {
    const { cluster, leader, one, at } = await start();
    cluster.answersAfter(1_500);
    const [kept, broken] = [at(leader).batches(), at(one).batches()];
    const [first, second] = [kept.append(newStream()), broken.append(newStream())];
    await cluster.kill(one);
    await eventually(() => broken.state.error).toBeDefined();
    expect(broken.state.answers.map(({ id }) => id)).not.toContain(second);
    expect(kept.state.answers).toEqual([]);
    await eventually(() => kept.state.answers).toMatchObject([{ id: first, ok: true }]);
    kept.cancel();
  });

  standInTest("a follower may call another follower the leader", async () => {
    const { cluster, one, other, gossip } = await start();
    cluster.disagree(2_000);
    expect(await gossip(one)).toMatchObject([{ state: "Follower" }, { state: "Follower" }, { state: "Leader" }]);
    expect(await gossip(other)).toMatchObject([{ state: "Leader" }, { state: "Follower" }, { state: "Follower" }]);
    await eventually(() => gossip(one)).toMatchObject([{ state: "Leader" }, {}, { state: "Follower" }]);
  });

  standInTest("a connection leads nowhere, while new ones work", async () => {
    const { cluster, leader, at } = await start();
    const live = at(leader).subscribe();
    await eventually(() => live.seen.caughtUp).toBe(true);
    cluster.leadNowhere(leader);
    expect((await failure(at(leader).append(newStream(), { ms: 500 }))).code).toBe(4);
    expect(live.seen.error).toBeUndefined();
    const fresh = clientOf(cluster.nodes[leader]?.url ?? "");
    expect(await fresh.append(newStream())).toBe("0");
    live.cancel();
    fresh.close();
  });
});
