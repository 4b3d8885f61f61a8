import type { GoCardlessStandIn, RequestFault, TwilioStandIn } from "@touchline/sandbox";
import type { Runtime } from "@touchline/service/runtime";

interface Providers {
  readonly twilio: TwilioStandIn;
  readonly goCardless: GoCardlessStandIn;
  readonly runtime: Runtime;
}

const LASTS_MS = 10_000;

const answering =
  (whom: "twilio" | "goCardless", requests: readonly RequestFault[]) =>
  async (providers: Providers): Promise<void> => {
    const { faults } = providers[whom];
    faults.set({ requests });
    await providers.runtime.sleep(LASTS_MS);
    faults.set({ requests: [] });
  };

const reportsGoWrong = async ({ twilio: { faults }, runtime }: Providers): Promise<void> => {
  faults.set({
    deliveries: [
      { kind: "drop", chance: 0.3 },
      { kind: "duplicate", chance: 0.3 },
      { kind: "reorder", chance: 0.3 },
    ],
  });
  await runtime.sleep(LASTS_MS);
  faults.set({ deliveries: [] });
};

/** What Twilio and GoCardless do on a bad day. Half of the requests get through, so that texts go on meanwhile. */
export const PROVIDER_FAULTS = {
  "Twilio resets connections": answering("twilio", [{ kind: "reset", accepted: false, chance: 0.5 }]),
  "Twilio takes texts and does not answer": answering("twilio", [
    { on: "messages.create", kind: "timeout", accepted: true, chance: 0.3 },
  ]),
  "Twilio breaks off after taking texts": answering("twilio", [
    { on: "messages.create", kind: "reset", accepted: true, chance: 0.3 },
  ]),
  "Twilio asks to slow down": answering("twilio", [{ kind: "status", status: 429, retryAfterSeconds: 1, chance: 0.5 }]),
  "Twilio answers 500 with a page": answering("twilio", [
    { kind: "status", status: 500, body: "html", accepted: false, chance: 0.5 },
  ]),
  "Twilio refuses the account": answering("twilio", [{ on: "messages.create", kind: "error", code: 20_003 }]),
  "Twilio's reports are lost, doubled and late": reportsGoWrong,
  "GoCardless is away": answering("goCardless", [{ kind: "status", status: 503, body: "html" }]),
  "GoCardless does its work and does not answer": answering("goCardless", [
    { kind: "reset", accepted: true, chance: 0.5 },
  ]),
  "GoCardless asks to slow down": answering("goCardless", [
    { kind: "status", status: 429, retryAfterSeconds: 1, chance: 0.5 },
  ]),
} as const;
