import { CLOCK_SKEW_MS, type SmsEvent } from "@touchline/contracts";
import { type EventStore, load } from "@touchline/event-store";
import { type Delivery, decodeEventMessage, type EventMessage, type Settlement } from "@touchline/messaging";
import type { SmsGateway } from "../dispatch/sms-gateway.ts";
import type { Texts } from "../dispatch/texts.ts";
import { SECOND_LOOK_FACTOR } from "../sms/decide.ts";
import { hasCome } from "../sms/has-come.ts";
import { hasLink } from "../sms/link.ts";
import { recordRedacted } from "../sms/redact.ts";
import type { SmsState } from "../sms/state.ts";

export interface RedactingOptions {
  readonly store: EventStore;
  readonly texts: Pick<Texts, "decide" | "evolve">;
  readonly gateway: Pick<SmsGateway, "list" | "redact">;
  /** As for texts with an unknown outcome. */
  readonly evidenceMs: number;
  readonly now: () => Date;
}

type Due = Extract<SmsEvent, { type: "SmsRedactionDue" }>["data"];

/**
 * Has the provider empty its messages of an erased text. The text's stream records when that is done, so the work continues after
 * a crash. If the provider is down or still sending a message, it is asked again.
 */
export const createRedacting = (options: RedactingOptions) => {
  const redact = createRedaction(options);
  return async (delivery: Delivery): Promise<Settlement> => {
    const event = decodeEventMessage(delivery);
    if (!event) return "poison";
    const { id, traceparent } = event;
    return (await redact(event.stream.slice("sms-".length), { id, traceparent })) === "later" ? "later" : "done";
  };
};

/** "none" if the text had nothing left to empty, "later" if Twilio may still list a message of it. */
export const createRedaction = ({ store, texts, gateway, evidenceMs, now }: RedactingOptions) => {
  const aggregate = { category: "sms", initial: { status: "absent" } as SmsState, evolve: texts.evolve } as const;
  const searchMs = (1 + SECOND_LOOK_FACTOR) * evidenceMs;

  const mayStillAppear = ({ search, dueAt }: Due): boolean => {
    const endsAt = new Date(Date.parse(dueAt) + searchMs).toISOString();
    return search !== undefined && !hasCome(endsAt, searchMs, now());
  };

  const found = async ({ search }: Due, traceparent: string | undefined): Promise<string[]> => {
    if (!search) return [];
    const since = new Date(Date.parse(search.since) - CLOCK_SKEW_MS);
    const listed = await gateway.list(undefined, since, traceparent);
    return listed
      .filter(({ body }) => hasLink(body, search.billingRequestId))
      .map(({ providerMessageId }) => providerMessageId);
  };

  return async (
    smsId: string,
    { id, traceparent }: Pick<EventMessage, "id" | "traceparent">,
  ): Promise<"none" | "later" | "done"> => {
    const { state } = await load(store, aggregate, smsId);
    if (state.status !== "erased" || state.due.length === 0) return "none";
    for (const due of state.due) {
      const messageIds = [...due.messageIds, ...(await found(due, traceparent))];
      for (const messageId of messageIds) await gateway.redact(messageId, traceparent);
    }
    if (state.due.some(mayStillAppear)) return "later";
    await texts.decide(smsId, recordRedacted(state, now()), { id, traceparent });
    return "done";
  };
};
