import type { PaymentEvent, RegistrationEvent, SmsEvent, SuppressionEvent } from "@touchline/contracts";
import type { PaymentStatus, Row } from "./row.ts";
import { isShown, requested, type TextStory, tellText } from "./text-story.ts";

type Completed = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];

/** Everything that the read model remembers of one registration, folded from three streams and more. */
export interface Story {
  readonly completed: Completed;
  readonly parentPhone: string;
  readonly cancelled: boolean;
  readonly token?: string;
  readonly tokenError?: string;
  readonly payment?: { readonly status: PaymentStatus; readonly since: string; readonly changedAt: string };
  readonly openedAt?: string;
  readonly texts: readonly TextStory[];
  /** The owner of `parentPhone` wants no texts. */
  readonly optedOut: boolean;
}

export type StoryEvent = RegistrationEvent | PaymentEvent | SmsEvent | SuppressionEvent;

/** A fact with where it stood. */
export interface Told {
  readonly event: StoryEvent;
  /** Stream of the event: it names the text or the link that the event is about. */
  readonly stream: string;
  readonly position: bigint;
}

export const begin = (completed: Completed, optedOut: boolean): Story => ({
  completed,
  parentPhone: completed.parentPhone,
  cancelled: false,
  texts: [],
  optedOut,
});

/**
 * What an event makes of the story; the same object when it says nothing that the read model shows. Streams may come in any
 * order relative to each other: no event overwrites what a later one of its own stream has said.
 */
export const tell = (story: Story, { event, stream, position }: Told): Story => {
  switch (event.type) {
    case "ParentPhoneCorrected":
      return { ...story, parentPhone: event.data.parentPhone };
    case "RegistrationCancelled":
      return { ...story, cancelled: true };
    case "PaymentTokenRefused":
      return { ...story, tokenError: `${event.data.code}: ${event.data.reason}` };
    case "PaymentTokenCreated": {
      const { tokenError: _, ...rest } = story;
      return { ...rest, token: event.data.billingRequestId };
    }
    case "PaymentStatusChanged":
      return withPayment(story, event.data);
    case "PaymentLinkOpened":
      return earlier(event.data.openedAt, story.openedAt) ? { ...story, openedAt: event.data.openedAt } : story;
    case "SmsRequested":
      return isShown(event.data) ? { ...story, texts: [...story.texts, requested(event.data, position)] } : story;
    case "PhoneOptedOut":
      return event.data.phone === story.parentPhone ? { ...story, optedOut: true } : story;
    case "PhoneOptedIn":
      return event.data.phone === story.parentPhone ? { ...story, optedOut: false } : story;
    default:
      return stream.startsWith("sms-") ? withText(story, stream.slice(4), event as SmsEvent) : story;
  }
};

type StatusChange = Extract<PaymentEvent, { type: "PaymentStatusChanged" }>["data"];

const withPayment = (story: Story, { status, since, changedAt }: StatusChange): Story => ({
  ...story,
  payment: { status, since, changedAt },
});

const withText = (story: Story, smsId: string, event: SmsEvent): Story => {
  const index = story.texts.findIndex((t) => t.smsId === smsId);
  const text = story.texts[index];
  const told = text && tellText(text, event);
  return told && told !== text ? { ...story, texts: story.texts.with(index, told) } : story;
};

const earlier = (a: string, b: string | undefined) => b === undefined || Date.parse(a) < Date.parse(b);

/** What is shown: everything of a row but when and where it changed. */
export type View = Omit<Row, "updated_at" | "position">;

export const view = (story: Story): View => {
  const { completed } = story;
  const text = shownText(story);
  const payment = paymentStatus(story);
  return {
    registration_id: completed.registrationId,
    child_name: `${completed.child.firstName} ${completed.child.lastName}`,
    parent_name: `${completed.parent.firstName} ${completed.parent.lastName}`,
    parent_phone: story.parentPhone,
    team: completed.team,
    age_group: completed.ageGroup,
    season: completed.season,
    signing_fee_pence: completed.signingFeePence,
    monthly_fee_pence: completed.monthlyFeePence,
    preferred_payment_day: completed.preferredPaymentDay,
    billing_request_id: story.token ?? null,
    payment_status: payment,
    sms_sent_at: text?.sentAt ?? null,
    sms_delivery_status: text?.status ?? "pending",
    sms_delivery_error: text?.error ?? null,
    sms_attempts: text?.attempts ?? 0,
    sms_segments: text?.segments ?? 0,
    link_opened_at: story.openedAt ?? null,
    paid_at: payment === "paid" ? (story.payment?.since ?? null) : null,
    created_at: completed.acceptedAt,
    phone_needs_correction: needsCorrection(story, text) ? 1 : 0,
    payment_token_error: story.tokenError ?? null,
  };
};

/** Called off means that nothing more is asked for; money that has come is still shown. */
const paymentStatus = ({ cancelled, payment }: Story): PaymentStatus =>
  cancelled && payment?.status !== "paid" ? "cancelled" : (payment?.status ?? "pending");

/** The newest text, unless it was withdrawn unsent: then the one before still says how the parent got the link. */
const shownText = ({ texts }: Story): TextStory | undefined =>
  texts.filter((t) => !t.withdrawn).reduce<TextStory | undefined>(newer, undefined) ?? texts.reduce(newer, undefined);

const newer = (a: TextStory | undefined, b: TextStory): TextStory =>
  a === undefined || BigInt(b.at) > BigInt(a.at) ? b : a;

const needsCorrection = (story: Story, text: TextStory | undefined): boolean =>
  story.optedOut || (text?.numberFault === true && text.to === story.parentPhone);
