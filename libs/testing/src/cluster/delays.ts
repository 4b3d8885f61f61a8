/**
 * Milliseconds, as they were seen on three servers of version 24.10. Each counts from the fault, or from the return of what was
 * away.
 */
export const DELAYS = {
  /** A killed node is called dead by the others. */
  killedNoticed: 300,
  killedPreLeader: 450,
  killedElected: 800,
  /** A node that stops leaves gossip unanswered, then takes no connections; and ends, once nothing is subscribed. */
  stoppingSilent: 1_500,
  stoppingElected: 1_600,
  stoppingRefuses: 1_700,
  stoppingEnds: 2_700,
  stoppingEndsSubscriptions: 5_000,
  stoppingEndsLoaded: 8_000,
  frozenNoticed: 3_000,
  frozenPreLeader: 3_300,
  frozenElected: 3_800,
  /** A frozen leader that was replaced calls itself leader for a moment before it ends. */
  deposedEnds: 500,
  /** A leader without followers gives up leading; until then appends time out. */
  lonelyLeader: 3_600,
  commitTimeout: 2_300,
  /** A node that starts looks for the leader, and follows. */
  followsAfter: 200,
  /** With no leader, nodes that return go through these, and for two seconds do not agree on who leads. */
  returnDiscover: 300,
  returnUnknown: 1_000,
  returnPreLeader: 1_500,
  returnElected: 3_500,
} as const;
