import type { TextFailure } from "@touchline/contracts";

const words: Readonly<Record<TextFailure, string>> = {
  number_invalid: "this is not a valid number",
  number_not_mobile: "this number is not a mobile",
  number_not_in_service: "the number is not in service",
  number_unreachable: "the phone was off or out of reach",
  opted_out: "the owner of the number asked for no more texts",
  blocked_by_phone: "the phone or its network blocks our texts",
  network_failure: "the network could not deliver it",
  provider_busy: "Twilio was busy",
  provider_failure: "Twilio failed",
  account_problem: "our Twilio account or sender has a problem",
  expired: "it expired before the phone could be reached",
  cancelled_at_provider: "it was cancelled at Twilio",
  no_receipt: "no delivery report came in time",
  unknown: "no reason was given",
};

/** Why a text did not arrive, for a chat assistant or an operator: `30003: the phone was off or out of reach`. */
export const failureWords = (failure: TextFailure, code: string | undefined): string =>
  code === undefined || code === failure ? words[failure] : `${code}: ${words[failure]}`;
