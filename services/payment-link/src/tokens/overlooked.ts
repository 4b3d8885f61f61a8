import type { RegistrationEvent } from "@touchline/contracts";
import {
  handleOverlooked,
  load,
  type RecoveryTimes,
  recoveredCounter,
  type StoredEvent,
  transact,
} from "@touchline/event-store";
import { logFields, type ServiceContext } from "@touchline/service";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { closeLink, eraseLink } from "../payment/decide.ts";
import { giveToken, type TokenOptions } from "./create-token.ts";
import { registrationAggregate } from "./registration.ts";

type Asking = StoredEvent<Extract<RegistrationEvent, { type: (typeof types)[number] }>>;
const types = ["RegistrationCompleted", "RegistrationCancelled", "RegistrationErased"] as const;

/** Does what registrations ask for and no message has brought. True when something was left to do. */
export const createTokenCatchUp =
  (options: TokenOptions) =>
  async (event: Asking): Promise<boolean> => {
    const { store, index, runtime } = options;
    const { registrationId } = event.data;
    const { traceparent } = event.metadata;
    const cause = { service: "payment-link", id: event.id, correlationId: registrationId, traceparent };
    const linkId = index.linkOfRegistration(registrationId);
    if (event.type !== "RegistrationCompleted") {
      // A link that is made afterwards is closed when it is made.
      if (!linkId) return false;
      const close = event.type === "RegistrationErased" ? eraseLink : closeLink;
      const { events } = await transact(store, paymentAggregate, linkId, close(runtime.now()), cause);
      return events.length > 0;
    }
    if (linkId) return false;
    const { state } = await load(store, registrationAggregate, registrationId);
    // A refusal waits in the dead letters for an operator.
    if (state.cancelled || state.refusal) return false;
    const outcome = await giveToken(options, event.data, cause);
    return outcome !== "known" && outcome !== "cancelled";
  };

/** Looks for them each minute, once the index of links is complete, until the service stops. */
export const catchUpTokens = (
  options: TokenOptions,
  { log, metrics, runtime, signal }: ServiceContext,
  times: RecoveryTimes,
): Promise<void> => {
  const recovered = recoveredCounter(metrics);
  const catchUp = createTokenCatchUp(options);
  return handleOverlooked({
    store: options.store,
    times,
    runtime,
    signal,
    prefixes: ["registration-"],
    types: new Set(types),
    handle: (event) => catchUp(event as Asking),
    onRecovered: ({ type, metadata }) => {
      recovered.inc({ kind: type === "RegistrationCompleted" ? "token" : "change" });
      log.warn(
        { ...logFields(metadata.$correlationId, metadata.traceparent), type },
        "done late: no message had brought it",
      );
    },
    onFailed: (err) => log.warn({ err }, "what was overlooked could not be done; trying again"),
  });
};
