import { type Endpoint, showEndpoint } from "../address.ts";
import type { Gossip } from "../node/gossip.ts";

/** What a node said when it was asked. */
export interface Report {
  readonly asked: Endpoint;
  readonly gossip: Gossip;
}

/**
 * The node that leads. A node's own word counts: for a second or two after an election others may name one that does not
 * lead yet. When two say it of themselves, as when a leader was frozen and thaws, it is the one that more of the others name.
 */
export const leaderOf = (reports: readonly Report[]): Endpoint | undefined => {
  const claims = reports.filter(leadsByItsOwnWord);
  const votes = ({ asked }: Report) => reports.filter((report) => names(report, asked)).length;
  return claims.reduce<Report | undefined>((best, one) => (best && votes(best) >= votes(one) ? best : one), undefined)
    ?.asked;
};

/** A node that speaks of no others is alone, whatever address it gives itself: it may be known by another name out here. */
export const leadsByItsOwnWord = ({ asked, gossip }: Report): boolean => {
  if (gossip === "untold") return true;
  const [only, ...others] = gossip;
  if (only && others.length === 0) return only.leads;
  return names({ asked, gossip }, asked);
};

const names = ({ gossip }: Report, endpoint: Endpoint): boolean =>
  gossip !== "untold" && gossip.some((member) => member.leads && sameEndpoint(member.endpoint, endpoint));

const sameEndpoint = (a: Endpoint, b: Endpoint): boolean => showEndpoint(a) === showEndpoint(b);
