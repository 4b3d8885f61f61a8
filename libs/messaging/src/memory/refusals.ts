import { NatsError } from "nats";

/** JetStream's refusals: HTTP status, JetStream's code, and its words. */
const refusals = {
  streamNotFound: [404, 10059, "stream not found"],
  consumerNotFound: [404, 10014, "consumer not found"],
  noMessageFound: [404, 10037, "no message found"],
  sequenceNotFound: [400, 10043, "sequence not found"],
  nameInUse: [400, 10058, "stream name already in use with a different configuration"],
  subjectsOverlap: [400, 10065, "subjects overlap with an existing stream"],
  noCluster: [500, 10074, "replicas > 1 not supported in non-clustered mode"],
  consumerExists: [400, 10148, "consumer already exists"],
  cannotBeUpdated: [500, 10012, "deliver policy can not be updated"],
  wrongLastSequence: [400, 10071, "wrong last sequence"],
  wrongLastMsgId: [400, 10070, "wrong last msg ID"],
} as const satisfies Record<string, readonly [number, number, string]>;

/** The error that nats.js throws for a refusal by the server's API. */
export const refusal = (which: keyof typeof refusals): NatsError => {
  const [code, err_code, description] = refusals[which];
  return Object.assign(new NatsError(description, String(code)), { api_error: { code, err_code, description } });
};
