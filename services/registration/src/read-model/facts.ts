import type { PaymentEvent, RegistrationEvent, SmsEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { announcedText, hasLink, type LinkText, requestedText } from "./link-text.ts";
import type { PaymentStatus } from "./row.ts";

export type Completed = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];

/** What the read model remembers of one registration beside what never changes. It comes from several streams. */
export interface Facts {
  readonly parentPhone: string;
  readonly cancelled: boolean;
  readonly token?: string;
  readonly tokenError?: string;
  readonly payment?: { readonly status: PaymentStatus; readonly since: string; readonly changedAt: string };
  readonly openedAt?: string;
  readonly texts: readonly LinkText[];
  /** The owner of `parentPhone` wants no texts. */
  readonly optedOut: boolean;
}

export const firstFacts = (completed: Completed, optedOut: boolean): Facts => ({
  parentPhone: completed.parentPhone,
  cancelled: false,
  texts: [],
  optedOut,
});

/**
 * The facts after an event; the same object when the event adds nothing that the read model shows. Streams may come in any order
 * relative to each other: no event overwrites what a later one of its own stream has said.
 */
export const applyEvent = (facts: Facts, event: StoredEvent): Facts => {
  switch (event.type) {
    case "ParentPhoneCorrected":
      return { ...facts, parentPhone: event.data.parentPhone };
    case "RegistrationCancelled":
      return { ...facts, cancelled: true };
    case "PaymentTokenRefused":
      return { ...facts, tokenError: `${event.data.code}: ${event.data.reason}` };
    case "PaymentTokenCreated": {
      const { tokenError: _, ...rest } = facts;
      return { ...rest, token: event.data.billingRequestId };
    }
    case "PaymentStatusChanged":
      return withPayment(facts, event.data);
    case "PaymentLinkOpened":
      return isEarlier(event.data.openedAt, facts.openedAt) ? { ...facts, openedAt: event.data.openedAt } : facts;
    case "SmsRequested":
      return withRequest(facts, event.data, event.position);
    case "TextStatusChanged":
      return withAnnouncement(facts, event.stream, event.data);
    case "PhoneOptedOut":
      return event.data.phone === facts.parentPhone ? { ...facts, optedOut: true } : facts;
    case "PhoneOptedIn":
      return event.data.phone === facts.parentPhone ? { ...facts, optedOut: false } : facts;
    default:
      return facts;
  }
};

type PaymentChange = Extract<PaymentEvent, { type: "PaymentStatusChanged" }>["data"];
type Requested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];
type Announced = Extract<SmsEvent, { type: "TextStatusChanged" }>["data"];

const withPayment = (facts: Facts, { status, since, changedAt }: PaymentChange): Facts => ({
  ...facts,
  payment: { status, since, changedAt },
});

const withRequest = (facts: Facts, data: Requested, position: bigint): Facts =>
  hasLink(data) && !facts.texts.some(({ smsId }) => smsId === data.smsId)
    ? { ...facts, texts: [...facts.texts, requestedText(data, position)] }
    : facts;

const withAnnouncement = (facts: Facts, stream: string, data: Announced): Facts => {
  const index = facts.texts.findIndex(({ smsId }) => stream === `sms-${smsId}`);
  const text = facts.texts[index];
  return text ? { ...facts, texts: facts.texts.with(index, announcedText(text, data)) } : facts;
};

const isEarlier = (a: string, b: string | undefined) => b === undefined || Date.parse(a) < Date.parse(b);
