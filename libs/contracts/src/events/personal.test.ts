import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { personalEvents } from "./personal.ts";

/** Fields that hold a name, a number, an address, or words that somebody wrote. */
const personalFields = ["firstName", "lastName", "email", "parentPhone", "phone", "to", "subject", "body", "text"];

/** Fields whose schema allows any text, and why none of them identifies anybody. */
const impersonal = new Set(
  [
    // Chosen by the club or by us.
    "team ageGroup season audience possibleDuplicateOf undoes recordId purpose attemptId holder key code ours theirs",
    // Ids and codes from GoCardless and Twilio.
    "flowId months providerEventId registrationId action cause resourceType type id paymentId mandateId newMandateId",
    "subscriptionId refundId reference status providerMessageId replyId messageIds errorCode priceUnit",
  ].flatMap((names) => names.split(" ")),
);

/** Reasons for a refusal, in GoCardless's, Twilio's or our own words, which repeat no value. */
const impersonalReasons = new Set(
  "PaymentTokenRefused SubscriptionRefused RefundRefused SmsDeferred SmsRejected SmsOutcomeUnknown SmsGivenUp".split(
    " ",
  ),
);

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: unknown;
}

/** Names of fields that may hold free text or a phone number. Fixed words, times and ids are left out. */
const textFields = (shape: Shape, name = ""): string[] => {
  if (shape.anyOf) return shape.anyOf.flatMap((one) => textFields(one, name));
  if (shape.properties) return Object.entries(shape.properties).flatMap(([field, one]) => textFields(one, field));
  if (shape.items) return textFields(shape.items, name);
  const isText = shape.type === "string" && !shape.format && shape.const === undefined && !shape.enum;
  return isText && (!shape.pattern || shape.pattern.includes("+44")) ? [name] : [];
};

test("every event that may hold a name, a number or somebody's words is listed as personal", () => {
  const found = [...catalogue.values()].map(({ type, schema }) => ({ type, fields: textFields(schema as Shape) }));
  const undecided = found.flatMap(({ type, fields }) =>
    fields
      .filter((field) => field !== "reason" && !personalFields.includes(field) && !impersonal.has(field))
      .map((field) => `${type}.${field}`),
  );
  expect(undecided).toEqual([]);
  const holding = found
    .filter(({ type, fields }) =>
      fields.some((field) => personalFields.includes(field) || (field === "reason" && !impersonalReasons.has(type))),
    )
    .map(({ type }) => type);
  // An opt-out must outlive the registration that led to it.
  expect(holding.sort()).toEqual([...personalEvents, "PhoneOptedIn", "PhoneOptedOut"].sort());
});
