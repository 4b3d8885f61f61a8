import type { PaymentEvent, RegistrationEvent, SmsEvent, SuppressionEvent } from "@touchline/contracts";
import type { PaymentStatus, Row } from "./row.ts";
import { isShown, optedIn, requested, type TextStory, tellText } from "./text-story.ts";

type Completed = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];

/** What the read model remembers of one registration beside what never changes, folded from three streams and more. */
export interface Story {
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
      return event.data.phone === story.parentPhone ? withOptIn(story) : story;
    default:
      return stream.startsWith("sms-") ? withText(story, stream.slice(4), event as SmsEvent) : story;
  }
};

type StatusChange = Extract<PaymentEvent, { type: "PaymentStatusChanged" }>["data"];

const withPayment = (story: Story, { status, since, changedAt }: StatusChange): Story => ({
  ...story,
  payment: { status, since, changedAt },
});

const withOptIn = (story: Story): Story => ({
  ...story,
  optedOut: false,
  texts: story.texts.map((text) => optedIn(text, story.parentPhone)),
});

const withText = (story: Story, smsId: string, event: SmsEvent): Story => {
  const index = story.texts.findIndex((t) => t.smsId === smsId);
  const text = story.texts[index];
  const told = text && tellText(text, event);
  return told && told !== text ? { ...story, texts: story.texts.with(index, told) } : story;
};

const earlier = (a: string, b: string | undefined) => b === undefined || Date.parse(a) < Date.parse(b);

/** What never changes about a row. */
export const fixed = (completed: Completed) => ({
  registration_id: completed.registrationId,
  child_name: `${completed.child.firstName} ${completed.child.lastName}`,
  parent_name: `${completed.parent.firstName} ${completed.parent.lastName}`,
  team: completed.team,
  age_group: completed.ageGroup,
  season: completed.season,
  signing_fee_pence: completed.signingFeePence,
  monthly_fee_pence: completed.monthlyFeePence,
  preferred_payment_day: completed.preferredPaymentDay,
  created_at: completed.acceptedAt,
});

/** What is shown of a story: everything of a row that changes, but when and where it did. */
export type View = Omit<Row, keyof ReturnType<typeof fixed> | "updated_at" | "position">;

export const view = (story: Story): View => {
  const text = shownText(story.texts);
  const payment = paymentStatus(story);
  return {
    parent_phone: story.parentPhone,
    billing_request_id: story.token ?? null,
    payment_status: payment,
    sms_sent_at: text?.sentAt ?? null,
    sms_delivery_status: text?.status ?? "pending",
    sms_delivery_error: text?.error ?? null,
    sms_attempts: text?.attempts ?? 0,
    sms_segments: text?.segments ?? 0,
    link_opened_at: story.openedAt ?? null,
    paid_at: payment === "paid" ? (story.payment?.since ?? null) : null,
    phone_needs_correction: phoneFault(story) ? 1 : 0,
    phone_refuses_texts: refusesTexts(story) ? 1 : 0,
    payment_token_error: story.tokenError ?? null,
  };
};

export const viewed = [
  "parent_phone",
  "billing_request_id",
  "payment_status",
  "sms_sent_at",
  "sms_delivery_status",
  "sms_delivery_error",
  "sms_attempts",
  "sms_segments",
  "link_opened_at",
  "paid_at",
  "phone_needs_correction",
  "phone_refuses_texts",
  "payment_token_error",
] as const satisfies (keyof View)[];

export const differ = (a: View, b: View): boolean => viewed.some((name) => a[name] !== b[name]);

/** Called off means that nothing more is asked for; money that has come is still shown. */
const paymentStatus = ({ cancelled, payment }: Story): PaymentStatus =>
  cancelled && payment?.status !== "paid" ? "cancelled" : (payment?.status ?? "pending");

/** The newest text, unless it was withdrawn unsent: then the one before still says how the parent got the link. */
const shownText = (texts: readonly TextStory[]): TextStory | undefined =>
  texts.length > 1 && texts.some((t) => t.withdrawn)
    ? (newest(texts.filter((t) => !t.withdrawn)) ?? newest(texts))
    : newest(texts);

const newest = (texts: readonly TextStory[]): TextStory | undefined =>
  texts.reduce<TextStory | undefined>((a, b) => (a === undefined || BigInt(b.at) > BigInt(a.at) ? b : a), undefined);

/** The number that stands now may have been tried before a better one that was corrected away again. */
const phoneFault = ({ optedOut, texts, parentPhone }: Story): TextStory["numberFault"] =>
  optedOut ? "opted_out" : shownText(texts.filter(({ to }) => to === parentPhone))?.numberFault;

/** A phone that was switched off may be the wrong one, or on again: the parent decides. */
const refusesTexts = (story: Story): boolean => ![undefined, "unreachable"].includes(phoneFault(story));
