import { toJson } from "@bufbuild/protobuf";
import { changeSubject, contentTypes, RegistrationChangedSchema, streams } from "@touchline/contracts";
import { ensureStreams, lastOnSubject, type Messaging } from "@touchline/messaging";
import type { RunningProjection } from "@touchline/projections";
import type { ServiceContext } from "@touchline/service";
import type { Changed } from "../read-model/changed.ts";
import { toChangedProto } from "../read-model/to-proto.ts";
import type { Follow } from "./follow.ts";

export interface Feed {
  readonly messaging: Messaging;
  readonly projection: Pick<RunningProjection, "ready" | "reached" | "onCommit">;
  readonly follow: Follow;
}

const RETRY_MS = 2_000;
/** How far the view may be behind what another instance has published. */
const PATIENCE_MS = 10_000;

/**
 * Publishes every change on `chat.registration.changed.v1` until the service stops, each at least once. The last message in the
 * stream is the checkpoint: nothing else has to survive a crash, and a NATS that lost its tail is filled again.
 */
export const publishChanges = async (feed: Feed, { log, signal, runtime }: ServiceContext): Promise<void> => {
  const { messaging, projection } = feed;
  const stopping = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await Promise.race([projection.ready, stopping]);
  while (!signal.aborted) {
    try {
      await ensureStreams(messaging, [streams.changes]);
      await publishFrom(await checkpoint(feed), feed, signal);
    } catch (err) {
      if (signal.aborted) return;
      log.warn({ err }, "could not publish changes; trying again");
      await runtime.sleep(RETRY_MS, signal);
    }
  }
};

const publishFrom = async (after: bigint, { messaging, projection, follow }: Feed, signal: AbortSignal) => {
  const round = new AbortController();
  let published = after;
  // The view was rebuilt from other events.
  const off = projection.onCommit((position) => position < published && round.abort());
  try {
    for await (const change of follow(after, AbortSignal.any([signal, round.signal]))) {
      await messaging.publishJson(changeSubject, toJson(RegistrationChangedSchema, toChangedProto(change)), {
        msgId: msgIdOf(change),
        headers: { "Content-Type": contentTypes.json },
      });
      published = change.position;
    }
  } finally {
    off();
  }
};

const msgIdOf = ({ registrationId, position }: Changed): string => `changed/${registrationId}/${position}`;

/** From the beginning when there is none, or when the store was exchanged for one with a shorter log. */
const checkpoint = async ({ messaging, projection }: Feed): Promise<bigint> => {
  const last = await lastOnSubject(messaging, streams.changes, changeSubject);
  const position = /^changed\/.*\/(\d+)$/.exec(last?.header("Nats-Msg-Id") ?? "")?.[1];
  return position !== undefined && (await projection.reached(BigInt(position), PATIENCE_MS)) ? BigInt(position) : -1n;
};
