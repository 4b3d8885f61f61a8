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
import { relevant } from "../follow-up/consumer.ts";
import { createFollowUpCatchUp, type FollowUpCatchUp } from "../follow-up/overlooked.ts";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { completedOf, giveToken, type TokenOptions } from "./create-token.ts";
import { changeTypes, linkDecision } from "./intake.ts";
import { registrationAggregate } from "./registration.ts";

type Asking = StoredEvent<Extract<RegistrationEvent, { type: (typeof types)[number] }>>;
const types = ["RegistrationCompleted", "RegistrationReleased", ...changeTypes] as const;

/** Does what a registration's event asks for if its message never came. True if there was work left. */
export const createTokenCatchUp =
  (options: TokenOptions) =>
  async (event: Asking): Promise<boolean> => {
    const { store, index, seasons, runtime } = options;
    const { registrationId } = event.data;
    const { traceparent } = event.metadata;
    const cause = { service: "payment-link", id: event.id, correlationId: registrationId, traceparent };
    const linkId = index.linkOfRegistration(registrationId);
    if (event.type !== "RegistrationCompleted" && event.type !== "RegistrationReleased") {
      // A link created later is closed at once.
      if (!linkId) return false;
      const decide = linkDecision(event, seasons.monthly, runtime.now());
      const { events } = await transact(store, paymentAggregate, linkId, decide, cause);
      return events.length > 0;
    }
    if (linkId) return false;
    const { state } = await load(store, registrationAggregate, registrationId);
    // A refusal waits in the dead letters for an operator.
    if (state.cancelled || state.held || state.refusal) return false;
    const registration = event.type === "RegistrationCompleted" ? event.data : await completedOf(store, registrationId);
    const outcome = registration ? await giveToken(options, registration, cause) : "cancelled";
    return outcome !== "known" && outcome !== "cancelled";
  };

/** Looks for overlooked registrations and follow-ups now and then, once the index of links is complete, until the service stops. */
export const catchUp = (
  options: TokenOptions & Pick<FollowUpCatchUp, "followUp">,
  { log, metrics, runtime, signal }: ServiceContext,
  times: RecoveryTimes,
): Promise<void> => {
  const recovered = recoveredCounter(metrics);
  const token = createTokenCatchUp(options);
  const since = new Date(runtime.now().getTime() - times.afterMs);
  const followUp = createFollowUpCatchUp({ ...options, since });
  return handleOverlooked({
    store: options.store,
    times,
    runtime,
    signal,
    prefixes: ["registration-", "payment-"],
    types: new Set([...types, ...relevant]),
    handle: (event) => (relevant.has(event.type) ? followUp(event) : token(event as Asking)),
    onRecovered: ({ type, metadata }) => {
      recovered.inc({ kind: kindOf(type) });
      log.warn(
        { ...logFields(metadata.$correlationId, metadata.traceparent), type },
        "handled late: no message arrived for this event",
      );
    },
    onFailed: (err) => log.warn({ err }, "the search for overlooked work failed; trying again"),
  });
};

const kindOf = (type: StoredEvent["type"]): string => {
  if (relevant.has(type)) return "follow_up";
  return type === "RegistrationCompleted" || type === "RegistrationReleased" ? "token" : "change";
};
