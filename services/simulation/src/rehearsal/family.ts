import { pounds, reminderCount } from "@touchline/contracts";
import { londonDay, londonHour, quietUntil } from "@touchline/london";
import {
  type Circumstances,
  compose,
  feesFrom,
  isReminder,
  type LinkContext,
  obstacle,
  reminderTimes,
  type Wanted,
} from "@touchline/notification/decisions";
import { suspensionDueAt } from "@touchline/registration/suspension";
import type { Around } from "./around.ts";
import type { ActKind, Life } from "./life.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Texts whose link asks for the fee. */
const asks: ReadonlySet<string> = new Set(["payment_link", "corrected_phone", "reminder", "reopened"]);
const REGISTRATION = "rehearsed";
const LINK = "BRQ000ABCDEFGH12";
/** From the range that Ofcom reserves for drama. The second number replaces the first after a correction. */
const NUMBERS = ["+447700900101", "+447700900102"] as const;

interface Known {
  link: LinkContext;
  phone: string;
  reachable: boolean;
  cancelled: boolean;
  optedOut: boolean;
  suspended: boolean;
  everSuspended: boolean;
  refusedNumbers: string[];
  askedAt: Date;
  deliveredAt: Date | undefined;
  remindedAt: Date | undefined;
  /** Reminders asked for and not sent yet. */
  waiting: number;
  /** Texts so far that asked for the fee and arrived. */
  asked: number;
  paidBefore: boolean;
}

/** A family on the agenda. Notification's own decisions say what is texted, in what words, and what is left out. */
export const startFamily = (life: Life, around: Around) => {
  const { agenda, rules } = around;
  const { childName, registeredMs, reachable } = life;
  const known: Known = {
    link: { ...rules.freshLink, registrationId: REGISTRATION, requestId: LINK },
    phone: NUMBERS[0],
    reachable,
    cancelled: false,
    optedOut: false,
    suspended: false,
    everSuspended: false,
    refusedNumbers: [],
    askedAt: new Date(registeredMs),
    deliveredAt: undefined,
    remindedAt: undefined,
    waiting: 0,
    asked: 0,
    paidBefore: false,
  };
  const family: FamilyParts = { life, around, known, childName };
  agenda.at(registeredMs, (now) => {
    request(family, { purpose: "payment_link", count: 0 }, now);
    remind(family, 0);
    for (const { atMs, what } of life.acts)
      if (atMs > registeredMs) agenda.at(atMs, (then) => acts[what](family, then));
  });
  return { wasSuspended: () => known.everSuspended, hasPaid: () => known.link.status === "paid" };
};

interface FamilyParts {
  readonly life: Life;
  readonly around: Around;
  readonly known: Known;
  readonly childName: string;
}

type Asked = Pick<Wanted, "purpose" | "count" | "why" | "rest" | "fees">;

const request = (family: FamilyParts, asked: Asked, now: Date): void => {
  const { around, known, childName } = family;
  const { phone, cancelled } = known;
  const registration = { childFirstName: childName, phone, acceptedAt: now.toISOString(), cancelled };
  const counts = { erased: false, corrections: 0, resends: 0, askedReminders: 0 };
  const wanted = { registrationId: REGISTRATION, billingRequestId: LINK, ...asked };
  const text = compose(wanted, { ...registration, ...counts }, around.rules.wording, now);
  const reminder = isReminder(text.purpose);
  if (reminder) known.waiting++;
  around.whenAllowed(text.purpose, now, (then) => {
    if (reminder) known.waiting--;
    if (obstacle(text, circumstancesOf(known), then)) {
      watch(family, then);
      return false;
    }
    around.sent({ at: then, purpose: text.purpose, segments: text.segments, encoding: text.encoding });
    if (text.to !== known.phone || !known.reachable) known.refusedNumbers.push(text.to);
    else arrive(family, text.purpose, then);
    return true;
  });
};

const circumstancesOf = ({ link, phone, cancelled, optedOut, refusedNumbers }: Known): Circumstances => ({
  phone,
  registrationCancelled: cancelled,
  payment: link.status,
  owed: link.owed,
  behind: link.behind,
  mandateGone: link.mandateGone,
  optedOut,
  refusedNumbers,
  anotherWaits: false,
  anotherWent: false,
  anotherFirst: false,
  overLimit: false,
  snoozed: false,
  quiet: false,
});

const arrive = (family: FamilyParts, purpose: string, now: Date): void => {
  const { around, known, life } = family;
  if (!asks.has(purpose)) return;
  known.deliveredAt ??= now;
  if (isReminder(purpose as Wanted["purpose"])) known.remindedAt = now;
  const afterMs = life.answersMs[known.asked++];
  if (afterMs !== undefined) around.agenda.at(awake(now.getTime() + afterMs), (then) => acts.paid(family, then));
  watch(family, now);
};

/** Nobody pays in the small hours, so they pay eight hours later. */
const awake = (atMs: number): number => (londonHour(new Date(atMs)) < 7 ? atMs + 8 * HOUR_MS : atMs);

const remind = (family: FamilyParts, round: number): void => {
  const { around, known } = family;
  for (const { count, at } of reminderTimes(known.askedAt, around.rules.notification.reminderDays))
    around.agenda.at(at.getTime(), (now) => {
      if (known.link.owed && known.link.reopenings === round && !known.cancelled)
        request(family, { purpose: "reminder", count: reminderCount(round, count) }, now);
    });
};

/** Suspends the family when due, by the registration service's own rule. */
const watch = (family: FamilyParts, now: Date): void => {
  const { around, known } = family;
  const { suspension, feePence } = around.rules;
  const { link, askedAt, deliveredAt, remindedAt, waiting } = known;
  if (!suspension || feePence === 0 || !link.owed || known.cancelled || known.suspended) return;
  const [delivered, reminded] = [deliveredAt?.toISOString(), remindedAt?.toISOString()];
  const arrears = { askedAt: askedAt.toISOString(), deliveredAt: delivered, remindedAt: reminded };
  const dueAt = suspensionDueAt({ ...arrears, reminderWaits: waiting > 0 }, undefined, suspension);
  if (!dueAt) return;
  const at = dueAt > now ? dueAt : quietUntil(now);
  if (at) {
    around.agenda.at(at.getTime(), (then) => watch(family, then));
    return;
  }
  known.suspended = true;
  known.everSuspended = true;
  around.suspended(now);
};

const goBack =
  (as: "failed" | "charged_back") =>
  (family: FamilyParts, now: Date): void => {
    const { known, around } = family;
    if (known.link.status !== "paid" || known.cancelled) return;
    const count = known.link.reopenings + 1;
    known.link = { ...known.link, status: as, owed: true, reopenings: count };
    Object.assign(known, { askedAt: now, deliveredAt: undefined, remindedAt: undefined });
    request(family, { purpose: "reopened", count, why: as, rest: pounds(around.rules.feePence) }, now);
    remind(family, count);
  };

const settle = (known: Known, as: "paid" | "waived"): void => {
  known.link = { ...known.link, status: as, owed: false };
  known.suspended = false;
};

const acts: Readonly<Record<ActKind, (family: FamilyParts, now: Date) => void>> = {
  paid: (family, now) => {
    const { around, known, life } = family;
    if (!known.link.owed || known.cancelled) return;
    settle(known, "paid");
    const fees = feesFrom(londonDay(now), known.link);
    const count = known.link.reopenings;
    if (around.rules.notification.confirmation) request(family, { purpose: "confirmation", count, fees }, now);
    if (life.goesBack && !known.paidBefore) {
      const { afterMs, as } = life.goesBack;
      around.agenda.at(now.getTime() + afterMs, (then) => acts[as](family, then));
    }
    known.paidBefore = true;
  },
  settled: ({ known }) => settle(known, "waived"),
  failed: goBack("failed"),
  charged_back: goBack("charged_back"),
  month_missed: (family, now) => {
    const { around, known } = family;
    if (known.link.status !== "paid" || known.link.mandateGone || known.cancelled || !known.link.monthly) return;
    const count = known.link.reopenings + 1;
    known.link = { ...known.link, behind: true, reopenings: count };
    request(family, { purpose: "month_missed", count }, now);
    // Whether a family pays its month affects only the text about the Direct Debit.
    around.agenda.at(now.getTime() + 7 * DAY_MS, () => {
      known.link = { ...known.link, behind: false };
    });
  },
  mandate_gone: (family, now) => {
    const { around, known } = family;
    if (known.link.status !== "paid" || known.link.mandateGone || !known.link.monthly) return;
    const count = known.link.mandatesGone + 1;
    known.link = { ...known.link, mandateGone: true, mandatesGone: count };
    if (around.rules.notification.mandateGone && !known.link.behind)
      request(family, { purpose: "mandate_gone", count }, now);
  },
  number_corrected: (family, now) => {
    const { known } = family;
    if (known.cancelled || known.phone === NUMBERS[1]) return;
    known.phone = NUMBERS[1];
    known.reachable = true;
    request(family, { purpose: "corrected_phone", count: 1 }, now);
  },
  opted_out: ({ known }) => {
    known.optedOut = true;
  },
  cancelled: ({ known }) => {
    known.cancelled = true;
    known.suspended = false;
  },
};
