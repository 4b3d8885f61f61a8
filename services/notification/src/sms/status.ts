/**
 * Twilio's words for where a message is, in the order in which they win: reports come in any order, and a late
 * `delivered` beats whatever was said before.
 */
const RANKS: Readonly<Record<string, number>> = {
  accepted: 1,
  scheduled: 1,
  queued: 1,
  sending: 2,
  sent: 3,
  canceled: 4,
  failed: 5,
  undelivered: 6,
  delivered: 7,
  read: 8,
};

/** Of a word that we do not know; it is kept, and changes nothing. */
export const PARKED = 0;
const SENT = 3;
const DELIVERED = 7;

export const rankOf = (status: string): number => (Object.hasOwn(RANKS, status) ? (RANKS[status] ?? PARKED) : PARKED);
export const isFinal = (rank: number): boolean => rank > SENT;
export const isDelivered = (rank: number): boolean => rank >= DELIVERED;
/** It ended, and not at the parent's phone. */
export const isFailure = (rank: number): boolean => isFinal(rank) && !isDelivered(rank);
export const hasLeft = (rank: number): boolean => rank >= SENT;
