/**
 * How far a message has got, from weakest to strongest. Reports come in any order; the strongest wins, so a late `delivered` wins
 * over `failed`.
 */
const stages = ["taken", "sending", "sent", "cancelled", "failed", "undelivered", "delivered", "read"] as const;
export type Stage = (typeof stages)[number];

const rankOf = (stage: Stage): number => stages.indexOf(stage);

export const isLater = (stage: Stage, than: Stage): boolean => rankOf(stage) > rankOf(than);
/** It has left the provider. */
export const hasLeft = (stage: Stage): boolean => !isLater("sent", stage);
export const isFinal = (stage: Stage): boolean => isLater(stage, "sent");
export const isDelivered = (stage: Stage): boolean => !isLater("delivered", stage);
/** It ended without reaching the parent's phone. */
export const isFailure = (stage: Stage): boolean => isFinal(stage) && !isDelivered(stage);
