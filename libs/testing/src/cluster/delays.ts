/**
 * Milliseconds, as measured on three servers of version 24.10. Each counts from the fault, or from the return of the node that was
 * away.
 */
export const DELAYS = {
  /** The others call a killed node dead. */
  killedNoticed: 300,
  killedPreLeader: 450,
  killedElected: 800,
  /** A stopping node leaves gossip unanswered, then refuses connections, then ends once nothing is subscribed. */
  stoppingSilent: 1_500,
  stoppingElected: 1_600,
  stoppingRefuses: 1_700,
  stoppingEnds: 2_700,
  stoppingEndsSubscriptions: 5_000,
  stoppingEndsLoaded: 8_000,
  frozenNoticed: 3_000,
  frozenPreLeader: 3_300,
  frozenElected: 3_800,
  /** A frozen leader that was replaced still calls itself leader for a moment before it ends. */
  deposedEnds: 500,
  /** A leader without followers stops leading; until then, appends time out. */
  lonelyLeader: 3_600,
  commitTimeout: 2_300,
  /** A starting node finds the leader and follows it. */
  followsAfter: 200,
  /** Without a leader, returning nodes pass through these states, and for two seconds disagree about the leader. */
  returnDiscover: 300,
  returnUnknown: 1_000,
  returnPreLeader: 1_500,
  returnElected: 3_500,
} as const;
