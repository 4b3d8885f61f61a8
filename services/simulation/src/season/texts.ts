import { isUnpaid } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { quietUntil } from "@touchline/london";
import type { World } from "../world/world.ts";
import type { Found, Invariant } from "./found.ts";

type Message = World["providers"]["twilio"]["messages"][number];

/** Our texts, as Twilio has them. */
const sentBy = ({ world }: Found): readonly Message[] =>
  world.providers.twilio.messages.filter(({ direction }) => direction === "outbound-api");

/** The text of which a message is an attempt: its callback says so. */
const smsIdOf = ({ statusCallback }: Message): string =>
  new URL(statusCallback ?? "").searchParams.get("attempt")?.split(".")[0] ?? "";

const mayArrive = ({ status }: Message): boolean => !["failed", "undelivered", "canceled"].includes(status);

/** What a text was requested for, by its id. */
const requestsOf = async ({ world }: Found): Promise<Map<string, Requested>> => {
  const requested = new Map<string, Requested>();
  for await (const event of world.store.readAll({ prefixes: ["sms-"] }))
    if (event.type === "SmsRequested") requested.set(event.data.smsId, event.data);
  return requested;
};

type Requested = Extract<StoredEvent, { type: "SmsRequested" }>["data"];

export const noTextTwice: Invariant = async (found) => {
  const requested = await requestsOf(found);
  const reasonOf = (message: Message) => {
    const { registrationId, purpose, count } = requested.get(smsIdOf(message)) ?? {};
    return `${registrationId}/${purpose}/${count}`;
  };
  return [...Map.groupBy(sentBy(found).filter(mayArrive), reasonOf)]
    .filter(([, messages]) => messages.length > 1)
    .map(([reason, messages]) => `${reason} was sent ${messages.length} times`);
};

const MINUTE_MS = 60_000;

/** To what a parent has just done, in the chat or at GoCardless; other texts wait for the morning. */
const answers = ["payment_link", "resend", "corrected_phone", "confirmation"];

export const nobodyAtNight: Invariant = async (found) => {
  const requested = await requestsOf(found);
  return sentBy(found).flatMap((message) => {
    const { purpose = "unknown" } = requested.get(smsIdOf(message)) ?? {};
    // What was begun in the evening may arrive a moment later, and a service's clock may be a little ahead in the morning.
    const aboutThen = [-MINUTE_MS, 0, MINUTE_MS].map((ms) => new Date(Date.parse(message.createdAt) + ms));
    const isNight = aboutThen.every((at) => quietUntil(at) !== undefined);
    return isNight && !answers.includes(purpose) ? [`a ${purpose} went at ${message.createdAt}`] : [];
  });
};

/** No text goes to a family that has left, about what is paid, or to a number that was corrected. */
export const nobodyInVain: Invariant = async (found) => {
  const requested = await requestsOf(found);
  const facts: StoredEvent[] = [];
  for await (const event of found.world.store.readAll({ prefixes: ["registration-", "payment-"] })) facts.push(event);
  return sentBy(found).flatMap((message) => {
    const text = requested.get(smsIdOf(message));
    if (!text) return [];
    const wentMs = Date.parse(message.createdAt);
    const whyAt = (ms: number) =>
      inVain(
        text,
        facts.filter((fact) => isAbout(fact, text) && fact.created.getTime() < ms),
      );
    // It had a minute to become known and was still true: a payment may have failed since.
    const why = whyAt(wentMs - MINUTE_MS) && whyAt(wentMs);
    return why ? [`a ${text.purpose} to ${text.registrationId} went at ${message.createdAt}, though ${why}`] : [];
  });
};

const isAbout = ({ data }: StoredEvent, { registrationId }: Requested): boolean =>
  "registrationId" in data && data.registrationId === registrationId;

/** Other texts ask for a mandate, or answer somebody. */
const asksForTheFee = ["reminder", "asked_reminder", "reopened"];

const inVain = ({ purpose, to }: Requested, before: readonly StoredEvent[]): string | undefined => {
  const phone = before.findLast(({ type }) => type === "ParentPhoneCorrected") as Corrected | undefined;
  const status = before.findLast(({ type }) => type === "PaymentStatusChanged") as StatusChanged | undefined;
  if (before.some(({ type }) => type === "RegistrationCancelled") && purpose !== "confirmation")
    return "it was cancelled";
  if (phone && phone.data.parentPhone !== to) return "the number was corrected";
  return asksForTheFee.includes(purpose) && status?.data.status === "paid" ? "the fee was paid" : undefined;
};

type Corrected = Extract<StoredEvent, { type: "ParentPhoneCorrected" }>;
type StatusChanged = Extract<StoredEvent, { type: "PaymentStatusChanged" }>;

/** Families who owe something, and are still expected. */
export const owing = ({ world, families }: Found) =>
  families.filter(({ registrationId }) => {
    const row = world.registration()?.queries.get(registrationId);
    return row !== undefined && !row.cancelled && isUnpaid(row.payment_status);
  });

export const everybodyTexted: Invariant = async (found) => {
  const { world, families, numbers } = found;
  const registration = world.registration();
  if (!registration) return ["registration is not up"];
  const { entries } = await registration.today({ teams: undefined });
  const listed = new Set(entries.map(({ row }) => row.registration_id));
  const had = new Set(
    sentBy(found)
      .filter(({ status }) => status === "sent" || status === "delivered")
      .map(({ to }) => to),
  );
  const lost = families
    .filter(({ registrationId }) => wasHandedIn(world, registrationId) && !registration.queries.get(registrationId))
    .map(({ registrationId }) => `${registrationId} was submitted, and is not there`);
  const untexted = owing(found)
    .filter(({ registrationId }) => !listed.has(registrationId))
    .filter(({ registrationId }) => !had.has(numbers.get(registrationId) ?? ""))
    .map(({ registrationId }) => `${registrationId} has had no text, and is on no list`);
  return [...lost, ...untexted];
};

const wasHandedIn = ({ history }: World, registrationId: string): boolean =>
  history.lines.some((line) => line.includes(registrationId) && line.endsWith("submitted"));
