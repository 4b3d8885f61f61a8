import type { DatabaseSync } from "node:sqlite";
import type { PaymentEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Fold, Projection } from "@touchline/projections";
import { type Account, applyToAccount } from "../ledger/account.ts";
import { duesOf, sums } from "../ledger/dues.ts";
import { type Payout, payoutOf } from "../ledger/payout.ts";

const PREFIX = "payment-";

/**
 * Every penny by family, team, season and month. `dues` is what is read: a row for each due would
 * make a rebuild too slow. `account` is what the next event is applied to. Nothing in it is personal: an erased family's
 * money stays, with its team.
 */
export const ledgerProjection: Projection = {
  name: "ledger",
  version: 6,
  prefixes: ["registration-", PREFIX],
  schema: `
    CREATE TABLE accounts (
      link TEXT PRIMARY KEY, registration_id TEXT NOT NULL, season TEXT NOT NULL, dues TEXT NOT NULL, account TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX accounts_of_family ON accounts (registration_id);
    CREATE TABLE teams (
      registration_id TEXT PRIMARY KEY, team TEXT NOT NULL, age_group TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE payouts (
      payout_id TEXT PRIMARY KEY, month TEXT NOT NULL, status TEXT NOT NULL, collected INTEGER NOT NULL,
      taken_back INTEGER NOT NULL, fees INTEGER NOT NULL, amount INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  prepare: (db) => prepare(db),
};

const prepare = (db: DatabaseSync): Fold => {
  const rows = statements(db);
  // What one transaction touches, each read once and written once.
  const kept = new Map<string, { account: Account; written: boolean }>();

  const accountOf = (link: string): Account | undefined => {
    const known = kept.get(link)?.account ?? rows.account(link);
    if (known && !kept.has(link)) kept.set(link, { account: known, written: true });
    return known;
  };

  const flush = () => {
    for (const [link, { account, written }] of kept) if (!written) rows.write(link, account);
    kept.clear();
  };

  const applyMoney = (event: StoredEvent<PaymentEvent>): void => {
    const link = event.stream.slice(PREFIX.length);
    const before = accountOf(link);
    const account = applyToAccount(before, event);
    if (account && account !== before) kept.set(link, { account, written: false });
  };

  const apply = (event: StoredEvent): void => {
    if (event.type === "RegistrationCompleted") {
      const { registrationId, team, ageGroup } = event.data;
      rows.team(registrationId, team, ageGroup);
    } else if (event.type === "RegistrationAmended") {
      const { registrationId, changes } = event.data;
      rows.amendTeam(registrationId, changes.team, changes.ageGroup);
    } else if (event.type === "RegistrationErased") {
      const { registrationId, team = "", ageGroup = "" } = event.data;
      rows.team(registrationId, team, ageGroup);
    } else if (event.type === "PayoutRecorded") rows.payout(payoutOf(event.data));
    else if (moving.has(event.type)) applyMoney(event as StoredEvent<PaymentEvent>);
  };
  return Object.assign(apply, { flush, forget: () => kept.clear() });
};

/** A due in `dues`: an array of these. */
export const dueColumns = ["due", "what", "month", "lapses", ...sums] as const;

/** Payment events that move money or change what is expected; others are skipped before anything is looked up. docs/events.md finds its readers by these names. */
const moving: ReadonlySet<string> = new Set<PaymentEvent["type"]>([
  "PaymentTokenCreated",
  "PaymentLinkReopened",
  "PaymentLinkAmended",
  "PaymentLinkClosed",
  "PaymentLinkErased",
  "PaymentStatusChanged",
  "PaymentFulfilled",
  "PaymentConfirmed",
  "PaymentPaidOut",
  "PaymentFailed",
  "PaymentResubmitted",
  "PaymentChargedBack",
  "PaymentChargebackCancelled",
  "SubscriptionCreated",
  "SubscriptionEnded",
  "MonthlyStatusChanged",
  "MonthlyFeeMissed",
  "MonthlyPaymentCreated",
  "MonthlyPaymentDated",
  "MonthlyPaymentSubmitted",
  "MonthlyPaymentCollected",
  "MonthlyPaymentPaidOut",
  "MonthlyPaymentFailed",
  "MonthlyPaymentRetried",
  "MonthlyPaymentSkipped",
  "MonthlyPaymentChargedBack",
  "RefundCreated",
  "RefundReturned",
  "MoneyElsewhereRecorded",
]);

const statements = (db: DatabaseSync) => {
  const read = db.prepare("SELECT account FROM accounts WHERE link = ?");
  const save = db.prepare("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?)");
  const team = db.prepare("INSERT OR REPLACE INTO teams VALUES (?, ?, ?)");
  const amendTeam = db.prepare(
    "UPDATE teams SET team = coalesce(?, team), age_group = coalesce(?, age_group) WHERE registration_id = ?",
  );
  const payout = db.prepare("INSERT OR REPLACE INTO payouts VALUES (?, ?, ?, ?, ?, ?, ?)");
  return {
    account: (link: string): Account | undefined => {
      const found = read.get(link)?.account;
      return typeof found === "string" ? JSON.parse(found) : undefined;
    },
    write: (link: string, account: Account) => {
      const dues = duesOf(account).map((due) => dueColumns.map((column) => due[column]));
      save.run(link, account.registrationId, account.season, JSON.stringify(dues), JSON.stringify(account));
    },
    team: (registrationId: string, name: string, ageGroup: string) => void team.run(registrationId, name, ageGroup),
    amendTeam: (registrationId: string, name: string | undefined, ageGroup: string | undefined) =>
      void amendTeam.run(name ?? null, ageGroup ?? null, registrationId),
    payout: (of: Payout) =>
      void payout.run(
        of.payoutId,
        of.month,
        of.status,
        of.collectedPence,
        of.takenBackPence,
        of.feesPence,
        of.amountPence,
      ),
  };
};
