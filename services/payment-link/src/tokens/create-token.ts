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
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import { closeLink, createToken, eraseLink, type TokenFacts } from "../payment/decide.ts";
import { isRefusal, type PaymentProvider, type Refusal, type RequestReport } from "../payment/provider.ts";
import { fulfilledFact } from "../payment/read-facts.ts";
import type { LinkState } from "../payment/state.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { type RegistrationState, refuseToken, registrationAggregate } from "./registration.ts";

export type Registration = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];
export type TokenOutcome = "created" | "adopted" | "known" | "cancelled" | "refused";

export interface TokenOptions {
  readonly store: EventStore;
  readonly index: Pick<LinkIndex, "linkOfRegistration" | "remember">;
  /** Registrations that are called off or erased. */
  readonly calledOff: Pick<StreamsWith, "has">;
  readonly provider: Pick<PaymentProvider, "createRequest" | "readRequest">;
  readonly log: Logger;
  readonly runtime: Pick<Runtime, "now">;
}

/** Nearly every billing request is a new one: its stream is read only when the store says that it is not. */
const nothingYet: Known<LinkState> = { state: paymentAggregate.initial, revision: -1n };

/** The same key for the same registration, for ever: asking twice gives the same billing request. */
export const tokenKey = (registrationId: string): string => `touchline-registration-${registrationId}`;

/** Gives a registration its billing request, once. Throws `Fault` when it has to be tried again later. */
export const giveToken = async (
  options: TokenOptions,
  registration: Registration,
  cause: Cause,
): Promise<TokenOutcome> => {
  const { store, index, runtime } = options;
  const { registrationId } = registration;
  if (index.linkOfRegistration(registrationId)) return "known";
  if ((await registrationNow(options, registrationId)).cancelled) return "cancelled";

  const found = await adoptable(options, registration, cause.traceparent);
  const request = found ?? (await create(options, registration, cause.traceparent));
  if (isRefusal(request)) {
    const refusal = { registrationId, code: request.refused, reason: request.reason };
    const { state: now } = await transact(
      store,
      registrationAggregate,
      registrationId,
      refuseToken(refusal, runtime.now()),
      cause,
    );
    // Nobody needs to look at what is called off; and a dead letter would keep what an erased one said.
    return now.cancelled ? "cancelled" : "refused";
  }
  const origin = found ? "adopted" : "created";
  await note(options, tokenOf(registration, request, origin, runtime.now()), request, cause);
  // Cancelled while GoCardless was being asked: the cancellation looked for a link, and may have found none.
  const { cancelled, erased } = await registrationNow(options, registrationId);
  const close = erased ? eraseLink : closeLink;
  if (cancelled) await transact(store, paymentAggregate, request.id, close(runtime.now()), cause);
  return origin;
};

/** A cancellation that comes a moment later finds the link, and closes it. */
const registrationNow = async (
  { store, calledOff }: TokenOptions,
  registrationId: string,
): Promise<RegistrationState> => {
  const { category, initial } = registrationAggregate;
  if (calledOff.has(streamName(category, registrationId)) === false) return initial;
  return (await load(store, registrationAggregate, registrationId)).state;
};

/** The billing request that the chat has created, when it is usable and nobody else's. */
const adoptable = async (
  { store, provider, log }: TokenOptions,
  { registrationId, billingRequestId }: Registration,
  traceparent: string | undefined,
): Promise<RequestReport | undefined> => {
  if (!billingRequestId) return undefined;
  const request = await provider.readRequest(billingRequestId, traceparent);
  if (request?.status === "cancelled" || !request) {
    const about = logFields(registrationId, traceparent);
    log.warn({ ...about, found: Boolean(request) }, "the chat's billing request is unusable; making one");
    return undefined;
  }
  const { state } = await load(store, paymentAggregate, request.id);
  if (state.status === "known" && state.registrationId !== registrationId) {
    const about = logFields(registrationId, traceparent);
    log.warn(about, "the chat's billing request belongs to another registration; making one");
    return undefined;
  }
  return request;
};

/** GoCardless knows no empty billing request: with nothing to pay there is still a mandate to set up. */
const asked = ({ signingFeePence: feePence, monthlyFeePence }: Registration) => ({
  feePence,
  mandate: monthlyFeePence > 0 || feePence === 0,
});

const create = async (
  { provider }: TokenOptions,
  registration: Registration,
  traceparent: string | undefined,
): Promise<RequestReport | Refusal> => {
  const { registrationId } = registration;
  const wanted = { idempotencyKey: tokenKey(registrationId), registrationId, ...asked(registration) };
  const request = await provider.createRequest(wanted, traceparent);
  if (!isRefusal(request) && request.registrationId !== undefined && request.registrationId !== registrationId) {
    throw new Fault("provider_unavailable", { detail: "(GoCardless answered with another registration's request)" });
  }
  return request;
};

const tokenOf = (
  registration: Registration,
  request: RequestReport,
  origin: "created" | "adopted",
  now: Date,
): TokenFacts => ({
  billingRequestId: request.id,
  registrationId: registration.registrationId,
  origin,
  // What the parent will be asked for is what GoCardless has, not what we believe, where it says so.
  feePence: request.feePence ?? asked(registration).feePence,
  mandate: request.mandate ?? asked(registration).mandate,
  monthlyFeePence: registration.monthlyFeePence,
  preferredPaymentDay: registration.preferredPaymentDay,
  season: registration.season,
  now,
});

const note = async (
  { store, index, runtime }: TokenOptions,
  token: TokenFacts,
  request: RequestReport,
  cause: Cause,
): Promise<void> => {
  const { events } = await transact(store, paymentAggregate, request.id, createToken(token), cause, nothingYet);
  index.remember(request.id, events);
  if (request.status === "fulfilled") {
    const facts = [fulfilledFact(request.id, request, runtime.now())];
    await transact(store, paymentAggregate, request.id, recordFacts(facts, runtime.now()), cause);
  }
};
