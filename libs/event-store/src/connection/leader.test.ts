import { expect, test } from "vitest";
import type { Endpoint } from "../address.ts";
import type { Member } from "../node/gossip.ts";
import { leaderOf, type Report } from "./leader.ts";

const [a, b, c] = ["a", "b", "c"].map((host) => ({ host, port: 2113 })) as [Endpoint, Endpoint, Endpoint];
const nodes = [a, b, c];

/** What a node says when it believes that `leader` leads and that `dead` is dead. */
const says = (asked: Endpoint, leader?: Endpoint, dead?: Endpoint): Report => ({
  asked,
  gossip: nodes
    .filter((endpoint) => endpoint !== dead)
    .map((endpoint): Member => ({ endpoint, leads: endpoint === leader })),
});

test.each<[string, Report[], Endpoint | undefined]>([
  ["nobody answers", [], undefined],
  ["all agree", [says(a, b), says(b, b), says(c, b)], b],
  ["only the leader answers", [says(b, b)], b],
  ["others name a leader that does not yet call itself one", [says(a, b), says(b), says(c, b)], undefined],
  ["the leader that others name does not answer", [says(a, b), says(c, b)], undefined],
  ["no node leads", [says(a), says(b), says(c)], undefined],
  ["a frozen leader thaws, and the others call it dead", [says(a, a), says(b, b, a), says(c, b, a)], b],
  ["a single node is known to us by another name", [{ asked: c, gossip: [{ endpoint: a, leads: true }] }], c],
  ["a single node is starting", [{ asked: a, gossip: [{ endpoint: a, leads: false }] }], undefined],
  ["a node mentions no others", [{ asked: a, gossip: "untold" }], a],
])("when %s", (_when, reports, leader) => {
  expect(leaderOf(reports)).toBe(leader);
  expect(leaderOf(reports.toReversed())).toBe(leader);
});
