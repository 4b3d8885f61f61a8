import { ASKED_REMINDERS_MAX, emailIdsOf, type RegistrationEvent, smsIdsOf } from "@touchline/contracts";
import { type EventStore, streamName, transact } from "@touchline/event-store";
import { findLink } from "@touchline/timeline";
import type { Facts } from "../dispatch/facts.ts";
import { SERVICE, type Texts } from "../dispatch/texts.ts";
import { eraseEmail } from "../email/decide.ts";
import { emailAggregate } from "../email/state.ts";
import { eraseText } from "../sms/decide.ts";
import type { RequestCause } from "./request.ts";

export interface ErasingOptions {
  readonly store: EventStore;
  readonly texts: Pick<Texts, "decide">;
  readonly facts: Facts;
  readonly now: () => Date;
}

/** Resolves with whether there was anything left to erase. */
export type EraseTexts = (erased: Erased, cause: RequestCause) => Promise<boolean>;

type Erased = Extract<RegistrationEvent, { type: "RegistrationErased" }>["data"];

/**
 * Closes every text and e-mail of an erased registration, even those not yet requested, so that a request about to be made finds
 * its stream taken. Once all are closed, it hides the streams' contents and records that in the registration's stream.
 */
export const createErasing =
  ({ store, texts, facts, now }: ErasingOptions): EraseTexts =>
  async (erased, { id, traceparent }) => {
    const { registrationId } = erased;
    const { smsIds: ids, emailIds } = await sentToErased(store, facts, erased);
    const cause = { id, correlationId: registrationId, traceparent };
    for (const smsId of ids) await texts.decide(smsId, eraseText(registrationId, now()), cause);
    for (const emailId of emailIds) {
      const decision = eraseEmail(registrationId, now());
      await transact(store, emailAggregate, emailId, decision, { service: SERVICE, ...cause });
    }
    for (const smsId of ids) await hide(store, streamName("sms", smsId));
    for (const emailId of emailIds) await hide(store, streamName("email", emailId));
    const decision = recordTextsErased(registrationId, now());
    const { events } = await transact(store, textsErasedAggregate, registrationId, decision, {
      service: SERVICE,
      ...cause,
    });
    return events.length > 0;
  };

/** Every text and e-mail that an erased registration has, or could still have asked for. */
const sentToErased = async (
  store: EventStore,
  facts: Pick<Facts, "link">,
  { registrationId, resends, corrections, ...erased }: Erased,
): Promise<{ readonly smsIds: readonly string[]; readonly emailIds: readonly string[] }> => {
  // The registration service may not have known the link when it recorded the erasure.
  const billingRequestId =
    erased.billingRequestId ??
    (await findLink(store, registrationId, await store.read(streamName("registration", registrationId))));
  const link = billingRequestId ? await facts.link(billingRequestId) : undefined;
  // One more: a payment may be reversed, or a mandate end, at this very moment.
  const reopenings = (link?.reopenings ?? 0) + 1;
  const mandatesGone = (link?.mandatesGone ?? 0) + 1;
  const askedReminders = ASKED_REMINDERS_MAX;
  const counts = { resends, corrections, askedReminders, reopenings, mandatesGone };
  return { smsIds: smsIdsOf(registrationId, counts), emailIds: emailIdsOf(registrationId, counts) };
};

/** Everything before the event that closed it. */
const hide = async (store: EventStore, stream: string): Promise<void> => {
  const stored = await store.read(stream);
  const closed = stored.find(({ type }) => type === "SmsErased" || type === "EmailErased");
  if (closed && closed !== stored[0]) await store.truncateBefore(stream, closed.revision);
};

/** The registration service owns these streams. We only record there that the texts are gone. */
const textsErasedAggregate = {
  category: "registration",
  initial: { recorded: false },
  evolve: (state: { readonly recorded: boolean }, { type }: RegistrationEvent) =>
    type === "RegistrationTextsErased" ? { recorded: true } : state,
} as const;

const recordTextsErased =
  (registrationId: string, at: Date) =>
  ({ recorded }: { readonly recorded: boolean }): RegistrationEvent[] =>
    recorded ? [] : [{ type: "RegistrationTextsErased", data: { registrationId, erasedAt: at.toISOString() } }];
