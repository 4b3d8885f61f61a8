import { Fault, type RegistrationEvent } from "@touchline/contracts";
import {
  type Cause,
  type EventStore,
  type Known,
  load,
  type StreamsWith,
  streamName,
  transact,
} from "@touchline/event-store";
import { type Logger, logFields, type Runtime } from "@touchline/service";
import type { Seasons } from "../follow-up/season.ts";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import { amendLink } from "../payment/amend.ts";
import { closeLink, createToken, eraseLink, type PaymentDecision, type TokenFacts } from "../payment/decide.ts";
import { isRefusal, type PaymentProvider, type Refusal, type RequestReport } from "../payment/provider.ts";
import { fulfilledFact } from "../payment/read-facts.ts";
import type { LinkState } from "../payment/state.ts";
import { termsOf } from "../payment/terms.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { type RegistrationState, refuseToken, registrationAggregate } from "./registration.ts";

export type Registration = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];
export type TokenOutcome = "created" | "adopted" | "known" | "held" | "cancelled" | "refused";

export interface TokenOptions {
  readonly store: EventStore;
  readonly index: Pick<LinkIndex, "linkOfRegistration" | "remember">;
  /** Registrations that are no longer as submitted: cancelled, erased, amended or released. */
  readonly changed: Pick<StreamsWith, "has">;
  readonly provider: Pick<PaymentProvider, "createRequest" | "readRequest">;
  readonly seasons: Pick<Seasons, "collecting" | "monthly">;
  readonly log: Logger;
  readonly runtime: Pick<Runtime, "now">;
}

/** Nearly every billing request is new, so its stream is read only if the store says otherwise. */
const nothingYet: Known<LinkState> = { state: paymentAggregate.initial, revision: -1n };

/** A registration always has the same key: asking twice gives the same billing request. */
const tokenKey = (registrationId: string): string => `touchline-registration-${registrationId}`;

/** Gives a registration its billing request, once. @throws Fault if it has to be retried later */
export const giveToken = async (
  options: TokenOptions,
  asSubmitted: Registration,
  cause: Cause,
): Promise<TokenOutcome> => {
  const { store, index, seasons, runtime } = options;
  const { registrationId } = asSubmitted;
  if (index.linkOfRegistration(registrationId)) return "known";
  const before = await registrationNow(options, asSubmitted);
  if (before.cancelled) return "cancelled";
  if (before.held) return "held";
  const registration = before.terms ? { ...asSubmitted, ...termsOf(before.terms) } : asSubmitted;

  const adopted = await adopt(options, registration, cause);
  if (adopted === "known") return adopted;
  const request = adopted ?? (await create(options, registration, cause.traceparent));
  if (isRefusal(request)) {
    const refusal = { registrationId, code: request.refused, reason: request.reason };
    const { state: now } = await transact(
      store,
      registrationAggregate,
      registrationId,
      refuseToken(refusal, runtime.now()),
      cause,
    );
    // Nobody needs to look at a cancelled registration, and a dead letter would keep an erased one's data.
    return now.cancelled ? "cancelled" : "refused";
  }
  const origin = adopted ? "adopted" : "created";
  if (!adopted) await note(options, tokenOf(seasons, registration, request, origin, runtime.now()), request, cause);
  // If it was cancelled or amended during the call to GoCardless, the change found no link yet.
  const { cancelled, erased, terms } = await registrationNow(options, registration);
  if (terms) await transact(store, paymentAggregate, request.id, amendLink(terms, seasons.monthly), cause);
  const close = erased ? eraseLink : closeLink;
  if (cancelled) await transact(store, paymentAggregate, request.id, close(runtime.now()), cause);
  return origin;
};

/** A cancellation that comes a moment later finds the link and closes it. */
const registrationNow = async (
  { store, changed }: TokenOptions,
  { registrationId, possibleDuplicateOf }: Registration,
): Promise<RegistrationState> => {
  const { category, initial } = registrationAggregate;
  if (changed.has(streamName(category, registrationId)) === false)
    return { ...initial, held: possibleDuplicateOf !== undefined };
  return (await load(store, registrationAggregate, registrationId)).state;
};

/** As it was submitted; undefined once it is erased. */
export const completedOf = async (
  store: Pick<EventStore, "read">,
  registrationId: string,
): Promise<Registration | undefined> => {
  const events = await store.read<RegistrationEvent>(streamName(registrationAggregate.category, registrationId));
  return events.find((event) => event.type === "RegistrationCompleted")?.data;
};

/**
 * The billing request that the chat created, if it is usable and belongs to no other registration. `known` if the registration's link is
 * already based on it: the index may not know the link yet, because a new view is being built.
 */
const adoptable = async (
  { store, provider, log }: TokenOptions,
  { registrationId, billingRequestId }: Registration,
  traceparent: string | undefined,
): Promise<RequestReport | "known" | undefined> => {
  if (!billingRequestId) return undefined;
  const request = await provider.readRequest(billingRequestId, traceparent);
  const { state } = await load(store, paymentAggregate, billingRequestId);
  if (!belongsTo(state, registrationId)) return leaveToOther(log, registrationId, traceparent);
  if (request && request.status !== "cancelled") return request;
  // It was cancelled after this registration had adopted it.
  if (state.status === "known") return "known";
  const about = logFields(registrationId, traceparent);
  log.warn(
    { ...about, found: Boolean(request) },
    "the chat's billing request is cancelled or unknown; creating another",
  );
  return undefined;
};

const belongsTo = (link: LinkState, registrationId: string): boolean =>
  link.status === "none" || link.registrationId === registrationId;

const leaveToOther = (log: Logger, registrationId: string, traceparent: string | undefined): undefined => {
  const about = logFields(registrationId, traceparent);
  log.warn(about, "the chat's billing request belongs to another registration; creating another");
};

/** Makes the chat's billing request the registration's. Undefined if there is none, or another registration was first. */
const adopt = async (
  options: TokenOptions,
  registration: Registration,
  cause: Cause,
): Promise<RequestReport | "known" | undefined> => {
  const { seasons, log, runtime } = options;
  const { registrationId } = registration;
  const request = await adoptable(options, registration, cause.traceparent);
  if (!request || request === "known") return request;
  const token = tokenOf(seasons, registration, request, "adopted", runtime.now());
  const link = await note(options, token, request, cause);
  return belongsTo(link, registrationId) ? request : leaveToOther(log, registrationId, cause.traceparent);
};

/** GoCardless has no empty billing requests: if there is nothing to pay, it asks for a mandate. */
const asked = (seasons: TokenOptions["seasons"], registration: Registration) => {
  const { signingFeePence: feePence, monthlyFeePence } = registration;
  const ofSeason = { ...registration, createdAt: registration.acceptedAt };
  const mandate = (monthlyFeePence > 0 && seasons.collecting(ofSeason)) || feePence === 0;
  return { feePence, mandate, monthly: mandate ? seasons.monthly(ofSeason) : undefined };
};

const create = async (
  { provider, seasons }: TokenOptions,
  registration: Registration,
  traceparent: string | undefined,
): Promise<RequestReport | Refusal> => {
  const { registrationId } = registration;
  const wanted = { idempotencyKey: tokenKey(registrationId), registrationId, ...asked(seasons, registration) };
  const request = await provider.createRequest(wanted, traceparent);
  if (!isRefusal(request) && request.registrationId !== undefined && request.registrationId !== registrationId) {
    throw new Fault("provider_unavailable", { detail: "(GoCardless answered with another registration's request)" });
  }
  return request;
};

const tokenOf = (
  seasons: TokenOptions["seasons"],
  registration: Registration,
  request: RequestReport,
  origin: "created" | "adopted",
  now: Date,
): TokenFacts => {
  const wanted = asked(seasons, registration);
  // The parent is asked for what GoCardless has, so its answer overrides ours.
  const { feePence = wanted.feePence, mandate = wanted.mandate } = request;
  return {
    billingRequestId: request.id,
    registrationId: registration.registrationId,
    origin,
    feePence,
    mandate,
    monthlyFeePence: registration.monthlyFeePence,
    preferredPaymentDay: registration.preferredPaymentDay,
    season: registration.season,
    ...(mandate && wanted.monthly && { monthlyFrom: wanted.monthly.from, monthlyUntil: wanted.monthly.until }),
    acceptedAt: registration.acceptedAt,
    now,
  };
};

/** One append, so that nobody is asked to pay a request that is already paid. */
const note = async (
  { store, index, runtime }: TokenOptions,
  token: TokenFacts,
  request: RequestReport,
  cause: Cause,
): Promise<LinkState> => {
  const paid = request.status === "fulfilled" ? [fulfilledFact(request.id, request, runtime.now())] : [];
  const decide: PaymentDecision = (state) => {
    const created = createToken(token)(state);
    const link = created.reduce(paymentAggregate.evolve, state);
    return [...created, ...recordFacts(paid, runtime.now())(link)];
  };
  const { state, events } = await transact(store, paymentAggregate, request.id, decide, cause, nothingYet);
  index.remember(request.id, events);
  return state;
};
