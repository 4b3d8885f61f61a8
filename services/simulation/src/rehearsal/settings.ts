import { REMINDERS_MAX } from "@touchline/contracts";
import { type NotificationConfig, notificationConfig } from "@touchline/notification/config";
import type { LinkContext } from "@touchline/notification/decisions";
import { paymentLinkConfig } from "@touchline/payment-link/config";
import { registrationConfig } from "@touchline/registration";
import { ConfigError } from "@touchline/service/env";
import { environmentOf } from "../world/settings.ts";
import { FlagError } from "./flag-error.ts";
import type { SeasonDays } from "./life.ts";

/** The rules of a rehearsal. */
export interface Rules {
  readonly notification: NotificationConfig;
  readonly wording: Pick<NotificationConfig, "templates" | "publicUrl" | "nameEncoding" | "pricePerSegmentPence">;
  readonly suspension: ReturnType<typeof registrationConfig>["suspension"];
  readonly feePence: number;
  /** The link before anything has happened. */
  readonly freshLink: Omit<LinkContext, "registrationId" | "requestId">;
}

/** Settings that change what is sent, said, suspended or paid for. */
const effective =
  /^(SMS_([A-Z0-9_]*)TEMPLATE|SMS_NAME_ENCODING|SMS_CONFIRMATION|SMS_MANDATE_GONE|SMS_PRICE_PENCE|SMS_DAILY_LIMIT|REMINDER_DAYS|SUSPEND_AFTER_DAYS|CLUB_NAME|PAYMENT_BASE_URL|SEASON_START|SEASON_END|SIGNING_FEE_PENCE|MONTHLY_FEE_PENCE)$/;

type Values = Readonly<Record<string, string | undefined>>;

/** Twilio's credentials and the like are the simulation's own: a rehearsal needs none, and reads none. */
export const todayOf = (env: Values): Values => ({
  ...environmentOf("rehearsal"),
  REMINDER_DAYS: undefined,
  SUSPEND_AFTER_DAYS: undefined,
  SEASON_START: undefined,
  SEASON_END: undefined,
  PAYMENT_BASE_URL: DEFAULT_URL,
  ...Object.fromEntries(Object.entries(env).filter(([name, value]) => effective.test(name) && value !== undefined)),
});

/** As long as a usual address, for clubs without a PAYMENT_BASE_URL. */
export const DEFAULT_URL = "https://pay.yourclub.example";

/** @throws FlagError when a setting does not exist, or has no effect on a rehearsal */
export const checkNames = (changes: Values): void => {
  const known = new Set<string>();
  // Each reminder has a setting for its words.
  const everyDay = Array.from({ length: REMINDERS_MAX }, (_, index) => index + 1).join();
  // The services' own readers say which settings there are.
  const env: NodeJS.ProcessEnv = { ...environmentOf("rehearsal"), REMINDER_DAYS: everyDay };
  const watched = new Proxy(env, {
    get: (target, name) => {
      known.add(String(name));
      return target[String(name)];
    },
  });
  for (const read of [notificationConfig, paymentLinkConfig, registrationConfig]) read(watched);
  for (const name of Object.keys(changes)) {
    if (!known.has(name)) throw new FlagError("--set", `no service reads ${name}. The settings are in .env.example.`);
    if (!effective.test(name))
      throw new FlagError("--set", `${name} changes nothing that a rehearsal shows, so it cannot be compared.`);
  }
};

/** A configured day of some season, moved by whole years into the one that is rehearsed, as payment-link moves it. */
const intoYear = (day: string, seasonYear: number): string => {
  const year = day.slice(5) < "07" ? seasonYear + 1 : seasonYear;
  return `${year}${day.slice(4)}`;
};

/** @throws ConfigError with what is wrong, as the services would say at start */
export const rulesOf = (values: Values, season: SeasonDays): Rules => {
  const env = values as NodeJS.ProcessEnv;
  const violations = new Set<string>();
  const attempt = <T>(read: (env: NodeJS.ProcessEnv) => T): T | undefined => {
    try {
      return read(env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const violation of error.violations) violations.add(violation);
      return undefined;
    }
  };
  const notification = attempt(notificationConfig);
  const paymentLink = attempt(paymentLinkConfig);
  const registration = attempt(registrationConfig);
  if (!notification || !paymentLink || !registration) throw new ConfigError([...violations]);
  const { signingFeePence, monthlyFeePence } = registration.fees;
  const { start = `${season.year}-09-01`, end = `${season.year + 1}-05-31` } = paymentLink.season;
  const [from, until] = [intoYear(start, season.year), intoYear(end, season.year)];
  return {
    notification,
    wording: notification,
    suspension: registration.suspension,
    feePence: signingFeePence,
    freshLink: {
      status: "pending",
      owed: true,
      reopenings: 0,
      monthsAsked: [],
      behind: false,
      mandateGone: false,
      mandatesGone: 0,
      feePence: signingFeePence,
      monthly: monthlyFeePence > 0 ? { pence: monthlyFeePence, from, until } : undefined,
      pageFinished: true,
    },
  };
};
