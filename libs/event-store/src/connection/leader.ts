import { type Endpoint, showEndpoint } from "../address.ts";
import type { Gossip } from "../node/gossip.ts";

/** A node's answer. */
export interface Report {
  readonly asked: Endpoint;
  readonly gossip: Gossip;
}

/**
 * Finds the leader. A node must call itself leader: for a second or two after an election, others may name one that does not yet
 * lead. If two call themselves leader, as when a frozen leader thaws, the one that more of the others name wins.
 */
export const leaderOf = (reports: readonly Report[]): Endpoint | undefined => {
  const claims = reports.filter(callsItselfLeader);
  const votes = ({ asked }: Report) => reports.filter((report) => names(report, asked)).length;
  return claims.reduce<Report | undefined>((best, one) => (best && votes(best) >= votes(one) ? best : one), undefined)
    ?.asked;
};

/** A node that mentions no others is a single node, whatever address it gives itself: we may know it by another name. */
export const callsItselfLeader = ({ asked, gossip }: Report): boolean => {
  if (gossip === "untold") return true;
  const [only, ...others] = gossip;
  if (only && others.length === 0) return only.leads;
  return names({ asked, gossip }, asked);
};

const names = ({ gossip }: Report, endpoint: Endpoint): boolean =>
  gossip !== "untold" && gossip.some((member) => member.leads && sameEndpoint(member.endpoint, endpoint));

const sameEndpoint = (a: Endpoint, b: Endpoint): boolean => showEndpoint(a) === showEndpoint(b);
