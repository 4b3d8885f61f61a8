import type { PaymentEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { pounds } from "@touchline/timeline";
import { type Account, applyToAccount } from "../ledger/account.ts";
import { type Due, duesOf, oldestMonthDue, sums } from "../ledger/dues.ts";
import { changingNames } from "../read-model/columns.ts";
import { factsAlong, statesOf } from "../read-model/history.ts";
import type { Row } from "../read-model/row.ts";

/** One value that a view showed, and the event that set it. */
export interface Said {
  readonly view: "registration" | "account" | "text";
  readonly name: string;
  readonly value: string;
  readonly since: StoredEvent;
}

/**
 * What each view showed about a family at an instant: the events until then, applied by the views' own code. `events` are in
 * the order in which they were stored.
 */
export const viewsAt = (events: readonly StoredEvent[], at: Date): Said[] => {
  // An erased family is not shown for any time, even while its events can still be read.
  if (events.some(({ type }) => type === "RegistrationErased")) return [];
  const known = events.filter(({ created }) => created <= at);
  return [...rowAt(known), ...accountAt(known, at), ...textsAt(known)];
};

type Values = ReadonlyMap<string, string>;

/** The last version, each value with the event that set it. Missing values are left out. */
const lastSaid = (view: Said["view"], versions: readonly (readonly [StoredEvent, Values])[]): Said[] => {
  const said = new Map<string, Said>();
  for (const [since, values] of versions) {
    for (const name of said.keys()) if (!values.has(name)) said.delete(name);
    for (const [name, value] of values)
      if (said.get(name)?.value !== value) said.set(name, { view, name, value, since });
  }
  return [...said.values()];
};

const rowAt = (known: readonly StoredEvent[]): Said[] => {
  const at = new Map(known.map((event) => [event.position, event]));
  return lastSaid(
    "registration",
    statesOf(known).flatMap((row) => {
      const event = at.get(row.position);
      return event ? [[event, valuesOf(row)] as const] : [];
    }),
  );
};

/** Next actions and the words for searching follow from the others, and a timeline shows numbers only masked. */
const hidden: ReadonlySet<string> = new Set(["next_actions", "search_text", "parent_phone"]);
const shownNames = changingNames.filter((name) => !hidden.has(name));

const valuesOf = (row: Row): Values => {
  const values = shownNames.map((name) => [name, row[name]] as const);
  return new Map(
    values
      .filter(([, value]) => value !== null && value !== 0 && value !== "")
      .map(([name, value]) => [name, name.endsWith("_pence") ? pounds(Number(value)) : String(value)]),
  );
};

const accountAt = (known: readonly StoredEvent[], at: Date): Said[] => {
  const from = oldestMonthDue(at);
  const isDue = ({ lapses, month }: Due) => lapses === 0 || month >= from;
  let account: Account | undefined;
  const versions = known
    .filter(({ stream }) => stream.startsWith("payment-"))
    .map((event) => {
      account = applyToAccount(account, event as StoredEvent<PaymentEvent>);
      return [event, new Map(account ? duesOf(account).filter(isDue).map(dueWords) : [])] as const;
    });
  return lastSaid("account", versions);
};

const dueWords = (due: Due): [name: string, value: string] => [
  due.what === "fee" ? "fee" : `${due.month} ${due.due === due.month ? "" : due.due}`.trim(),
  sums
    .filter((sum) => due[sum] !== 0)
    .map((sum) => `${sum.replaceAll("_", " ")} ${pounds(due[sum])}`)
    .join(", "),
];

const textsAt = (known: readonly StoredEvent[]): Said[] =>
  lastSaid(
    "text",
    factsAlong(known).map(({ event, facts }) => [
      event,
      new Map(facts.texts.map(({ smsId, status, error }) => [smsId, error ? `${status}: ${error}` : status])),
    ]),
  );
