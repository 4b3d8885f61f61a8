import { Fault, type PaymentEvent, type RegistrationEvent } from "@touchline/contracts";
import { type EventStore, streamName, transact } from "@touchline/event-store";
import { quietUntil } from "@touchline/london";
import type { RunningProjection } from "@touchline/projections";
import { type Logger, logFields } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import { feeStanding } from "../ledger/fee-standing.ts";
import { arrearsOf } from "../read-model/arrears.ts";
import type { Queries } from "../read-model/queries.ts";
import type { SuspensionQueries, Unpaid } from "../read-model/suspension-queries.ts";
import { type RegistrationState, registrationAggregate } from "../registration/state.ts";
import { reinstate, type SuspensionRules, seasonIsOver, suspend, suspensionDueAt } from "../registration/suspend.ts";

export interface SuspensionOptions {
  readonly store: EventStore;
  readonly registrations: Pick<RunningProjection, "status" | "onCommit">;
  readonly queries: Pick<Queries, "factsOf"> & SuspensionQueries;
  /** Undefined if nobody is suspended. Families suspended earlier are still reinstated. */
  readonly rules: SuspensionRules | undefined;
  /** The time from which events, including payments, may be missing from the store. Nobody is suspended meanwhile. */
  readonly lostSince: () => Promise<Date | undefined>;
  readonly runtime: Pick<Runtime, "now" | "every" | "sleep">;
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

const LOOK_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
/** How many families are handled between two pauses, in which calls are answered. */
const AT_ONCE = 100;

/**
 * Suspends families that have not paid in time, and reinstates them as soon as rows show that nothing is owed. Rows say whom to
 * look at; streams decide. Every instance tries; the first to append wins.
 */
export const keepSuspensions = (options: SuspensionOptions): { readonly idle: () => Promise<void> } => {
  const { registrations, queries, rules, lostSince, runtime, signal, log } = options;
  const { now, every, sleep } = runtime;
  const change = changer(options);

  const forEach = async <T>(all: readonly T[], idOf: (one: T) => string, work: (one: T) => Promise<void>) => {
    for (const [i, one] of all.entries()) {
      if (signal.aborted) return;
      await work(one).catch((err: unknown) => {
        // The next look tries again. One family does not block another.
        const level = err instanceof Fault ? "warn" : "error";
        log[level]({ ...logFields(idOf(one), undefined), err }, "whether a family is suspended could not be decided");
      });
      if (i % AT_ONCE === AT_ONCE - 1) await sleep(1, signal);
    }
  };

  const isLive = () => registrations.status().state === "live" && !signal.aborted;
  const reinstateAll = () =>
    forEach(isLive() ? queries.settled() : [], String, (id) => change(id, (at) => reinstate(id, at)));
  const suspendAll = async () => {
    if (!rules || !isLive() || quietUntil(now()) || (await lostSince())) return;
    const createdBy = new Date(now().getTime() - (rules.afterDays - 1) * DAY_MS);
    const idOf = ({ registration_id: id }: Unpaid) => id;
    await forEach(queries.unpaid(createdBy), idOf, (family) => suspendIfDue(options, rules, change, family));
  };

  let wanted: "nothing" | "settled" | "all" = "nothing";
  let working: Promise<void> | undefined;
  const work = async () => {
    while (wanted !== "nothing") {
      const all = wanted === "all";
      wanted = "nothing";
      await reinstateAll();
      if (all) await suspendAll();
    }
  };
  /** One look at a time; one that is asked for meanwhile follows. */
  const look = (at: "settled" | "all") => {
    if (wanted !== "all") wanted = at;
    working ??= work()
      .catch((err: unknown) => log.error({ err }, "could not check suspensions; trying again"))
      .finally(() => {
        working = undefined;
      });
  };
  const stops = [
    every(LOOK_EVERY_MS, () => look("all"), { guard: true }),
    registrations.onCommit(() => look("settled")),
  ];
  signal.addEventListener(
    "abort",
    () => {
      for (const stop of stops) stop();
    },
    { once: true },
  );
  look("all");
  return { idle: async () => working };
};

type Change = (id: string, decide: (now: Date) => (state: RegistrationState) => RegistrationEvent[]) => Promise<void>;

const changer =
  ({ store, runtime: { now }, log }: SuspensionOptions): Change =>
  async (id, decide) => {
    const cause = { service: "registration", correlationId: id };
    const { events, traceparent } = await transact(store, registrationAggregate, id, decide(now()), cause);
    for (const { type } of events) log.info({ ...logFields(id, traceparent), type }, "a suspension changed");
  };

const suspendIfDue = async (
  { store, queries, runtime: { now } }: SuspensionOptions,
  rules: SuspensionRules,
  change: Change,
  { registration_id: id, billing_request_id: token, season, created_at: acceptedAt }: Unpaid,
): Promise<void> => {
  const facts = queries.factsOf(id);
  if (!facts || seasonIsOver(season, now())) return;
  const arrears = arrearsOf(facts, acceptedAt);
  const dueAt = suspensionDueAt(arrears, facts.snoozedUntil, rules);
  // Most are not due yet: no stream is read for them.
  if (!dueAt || dueAt > now()) return;
  const payment = await store.read<PaymentEvent>(streamName("payment", token));
  await change(id, (at) => suspend(id, { arrears, fee: feeStanding(payment, at), rules }, at));
};
