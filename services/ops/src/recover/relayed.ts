import { allEventSubjects, eventHeaders, streams } from "@touchline/contracts";
import type { NewRawEvent } from "@touchline/event-store";
import { withFirstStored } from "@touchline/event-store";
import { type Messaging, type PassedMessage, walkMessages } from "@touchline/messaging";

/** An event as the relay published it: enough to store it again. */
export interface Relayed extends NewRawEvent {
  readonly stream: string;
  readonly revision: bigint;
  /** By the store that lost it. */
  readonly storedAt: Date;
}

const ownTypes = new Set(["StoreIdentified", "StoreMoved", "RecoveryBegan", "RecoveryEnded"]);

/** Events about a store, which each store has for itself. */
export const isStoresOwn = ({ type }: { readonly type: string }): boolean => ownTypes.has(type);

/** Every event that NATS holds, in the order of the original store. */
export const relayedEvents = async function* (messaging: Messaging): AsyncGenerator<Relayed> {
  for await (const message of walkMessages(messaging, { stream: streams.events, subject: allEventSubjects })) {
    const relayed = relayedIn(message);
    if (relayed && !isStoresOwn(relayed)) yield relayed;
  }
};

const relayedIn = ({ subject, data, header, publishedAt }: PassedMessage): Relayed | undefined => {
  const type = subject.split(".")[2];
  const id = header("Nats-Msg-Id");
  const stream = header(eventHeaders.stream);
  const revision = header(eventHeaders.revision);
  // Nobody but the relay should publish here, but somebody could.
  if (!type || !id || !stream || !/^\d+$/.test(revision ?? "")) return undefined;
  const created = new Date(header(eventHeaders.created) ?? publishedAt);
  const metadata = JSON.parse(header(eventHeaders.metadata) ?? "{}") as Record<string, unknown>;
  return {
    stream,
    revision: BigInt(revision as string),
    storedAt: created,
    id,
    type,
    contentType: "application/json",
    data,
    metadata: Buffer.from(JSON.stringify(withFirstStored(metadata, created))),
  };
};
