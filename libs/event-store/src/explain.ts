import { status } from "@grpc/grpc-js";
import { type Endpoint, showEndpoint } from "./address.ts";

/** No node calls itself leader. */
export class NoLeader extends Error {
  override readonly name = "NoLeader";

  constructor() {
    super("No node of the event store leads.");
  }
}

/** A connection that could not be made; `code` is Node's, such as ECONNREFUSED. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly endpoint: Endpoint;
  readonly code: string;

  constructor(endpoint: Endpoint, code: string, cause: unknown) {
    super(`No connection to ${showEndpoint(endpoint)}: ${code}.`, { cause });
    this.endpoint = endpoint;
    this.code = code;
  }
}

/** A store whose events were moved to another. */
export class StoreWasMoved extends Error {
  override readonly name = "StoreWasMoved";

  constructor(to: string) {
    super(`The events of this event store were moved to ${to}.`);
  }
}

/** A file named in the address that cannot be read. Its path is not secret. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";

  constructor(option: string, path: string, cause: unknown) {
    super(`${option} in EVENTSTORE_URL names ${path}, which cannot be read.`, { cause });
  }
}

/** What may keep us from the event store, most specific first: when several nodes fail, the most specific failure is shown. */
const kinds = [
  "moved",
  "file",
  "login",
  "rights",
  "certificate",
  "tls",
  "name",
  "refused",
  "silent",
  "leader",
  "room",
  "other",
] as const;
export type StoreTrouble = (typeof kinds)[number];

export interface Explanation {
  readonly kind: StoreTrouble;
  /** What happened, for people. Holds no secret. */
  readonly sentence: string;
  /** What to do about it. */
  readonly advice: string;
}

const check = "Check EVENTSTORE_URL";
const CA = `${check}: tlsCAFile must name the certificate of the authority that signed the event store's.`;

/** By Node's code for the connection's error; `{at}` is the node's address. */
const connections: Readonly<Record<string, readonly [StoreTrouble, sentence: string, advice: string]>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "certificate",
    "No authority that is trusted here signed the certificate of {at}.",
    CA,
  ],
  UNABLE_TO_GET_ISSUER_CERT: ["certificate", "No authority that is trusted here signed the certificate of {at}.", CA],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "certificate",
    "No authority that is trusted here signed the certificate of {at}.",
    CA,
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ["certificate", "No authority that is trusted here signed the certificate of {at}.", CA],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["certificate", "No authority that is trusted here signed the certificate of {at}.", CA],
  CERT_SIGNATURE_FAILURE: ["certificate", "No authority that is trusted here signed the certificate of {at}.", CA],
  CERT_HAS_EXPIRED: ["certificate", "The certificate of {at} has expired.", "Renew the event store's certificate."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "certificate",
    "The certificate of {at} is for another name.",
    `${check}: the host must be one that the certificate names.`,
  ],
  WANTS_TLS: ["tls", "{at} accepts only TLS, and EVENTSTORE_URL says tls=false.", `${check}: leave tls=false out.`],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    "tls",
    "{at} answers in plain text, and EVENTSTORE_URL asks for TLS.",
    `${check}: add tls=false if the event store has no certificate.`,
  ],
  ENOTFOUND: ["name", "The host of {at} has no address.", `${check}: the host's name may be misspelt.`],
  EAI_AGAIN: ["name", "The host of {at} has no address that could be found now.", `${check}, and the name server.`],
  ECONNREFUSED: ["refused", "Nothing listens at {at}.", "Start the event store, or correct EVENTSTORE_URL."],
  ETIMEDOUT: ["silent", "{at} does not answer.", "Check the network, and that the event store runs."],
};

/** Explains an error of the connection, or of a call, to people. */
export const explain = (error: unknown): Explanation => {
  if (error instanceof UnreadableFile) {
    return { kind: "file", sentence: error.message, advice: "Put the file there, or correct EVENTSTORE_URL." };
  }
  if (error instanceof StoreWasMoved) {
    return { kind: "moved", sentence: error.message, advice: "Set EVENTSTORE_URL to that event store, and restart." };
  }
  if (error instanceof NoLeader) {
    return { kind: "leader", sentence: error.message, advice: "Check that most of its nodes run." };
  }
  if (error instanceof Unreachable) {
    const [kind, sentence, advice] = connections[error.code] ?? [
      "other",
      `{at} cannot be reached (${error.code}).`,
      "Check the network, and that the event store runs.",
    ];
    return { kind, sentence: sentence.replace("{at}", showEndpoint(error.endpoint)), advice };
  }
  return explainCall(codeOf(error));
};

const explainCall = (code: status | undefined): Explanation => {
  if (code === status.UNAUTHENTICATED) {
    const advice = `${check}: user and password, with special characters escaped as in %40.`;
    return { kind: "login", sentence: "The event store refused the user or the password.", advice };
  }
  if (code === status.PERMISSION_DENIED) {
    const advice = `${check}: is it the right user? Otherwise give this one its rights again, with \`npm run ops -- store grant\`.`;
    return { kind: "rights", sentence: "The event store does not allow this user to do that.", advice };
  }
  if (code === status.DEADLINE_EXCEEDED) {
    const advice = "Check the network, and that the event store runs.";
    return { kind: "silent", sentence: "The event store does not answer.", advice };
  }
  if (code === status.RESOURCE_EXHAUSTED) {
    const advice = "Make room on the event store's disk; appending resumes by itself.";
    return { kind: "room", sentence: "The event store has no room: its disk is full, or it is too busy.", advice };
  }
  const name = code === undefined ? "" : ` (${status[code]})`;
  return {
    kind: "other",
    sentence: `The event store ended the connection${name}.`,
    advice: "It is tried again; if this stays, look at the event store's own log.",
  };
};

/** gRPC's status code of an error. */
export const codeOf = (error: unknown): status | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
};

/**
 * Whether a position of `$all` has no event: the store was exchanged. Neither gRPC nor the server has a code for this, so we match
 * the server's words.
 */
export const isInvalidPosition = (error: unknown): boolean =>
  codeOf(error) === status.UNKNOWN && String((error as { details?: unknown }).details).includes("InvalidPosition");

/** The most specific of several failures. */
export const worstOf = (failures: readonly unknown[]): unknown => {
  const rank = (failure: unknown) => kinds.indexOf(explain(failure).kind);
  return failures.toSorted((a, b) => rank(a) - rank(b))[0];
};
