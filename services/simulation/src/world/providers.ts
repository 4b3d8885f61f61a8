import {
  type GoCardlessStandIn,
  startGoCardlessStandIn,
  startTwilioStandIn,
  type TwilioStandIn,
} from "@touchline/sandbox";
import type { Machine } from "../machine/machine.ts";
import type { Dice, FaultKind } from "./faults.ts";
import { accounts, ports, publicUrl } from "./settings.ts";

export interface Providers {
  readonly twilio: TwilioStandIn;
  readonly goCardless: GoCardlessStandIn;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How long a provider takes to answer. */
export const ANSWERS_MS = 120;
const takesTime = { kind: "latency", ms: ANSWERS_MS } as const;

/** The stand-ins of both providers, with the pace of the real ones. */
export const startProviders = async ({ spawn, within }: Machine): Promise<Providers> => {
  const own = { twilio: spawn("twilio"), goCardless: spawn("gocardless") };
  const twilio = await within(own.twilio, () =>
    startTwilioStandIn({
      ...accounts.twilio,
      publicUrl,
      port: ports.twilio,
      autoReply: true,
      runtime: own.twilio.runtime,
      lifecycle: {
        acceptedMs: 100,
        sendingMs: 200,
        sentMs: 400,
        reportMs: 3_000,
        // The first look for a text of unknown outcome is too early, the second one is not.
        listedMs: 90_000,
        callbackRetriesMs: [1_000, 4_000, 9_000],
        callbackTimeoutMs: 5_000,
        reorderMs: MINUTE_MS,
      },
    }),
  );
  const goCardless = await within(own.goCardless, () =>
    startGoCardlessStandIn({
      ...accounts.goCardless,
      webhookUrl: `${publicUrl}/webhooks/gocardless`,
      port: ports.goCardless,
      runtime: own.goCardless.runtime,
      rateLimitPerMinute: 1_000,
      lifecycle: {
        mandateSubmittedMs: 10 * MINUTE_MS,
        mandateActiveMs: 2 * DAY_MS,
        paymentSubmittedMs: MINUTE_MS,
        paymentConfirmedMs: 5 * MINUTE_MS,
        paymentEndMs: DAY_MS,
        webhookBatchMs: 1_000,
        webhookRetriesMs: [5_000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS],
        reorderMs: 5 * MINUTE_MS,
      },
    }),
  );
  return { twilio, goCardless };
};

const isDown = { kind: "status", status: 503 } as const;
const answersGetLost = { kind: "timeout", accepted: true } as const;

/**
 * Random failures of both; each seed draws how many. The result is called whenever something goes down or comes back: a
 * provider, which then answers 503, the edge, without which no callback and no webhook arrives, or the line from Twilio.
 */
export const troubleProviders = (
  { twilio, goCardless }: Providers,
  dice: Dice,
  without: ReadonlySet<FaultKind>,
): ((away: ReadonlySet<string>) => void) => {
  const level = () => dice.pick([0, 0.01, 0.05, 0.2]);
  const troubled = Object.entries({ twilio, goCardless }).map(([name, { faults }]) => {
    faults.set({ seed: dice.between(1, 1_000_000) });
    const [asked, sent] = [level(), level()];
    const requests = requestFaults(without.has("providers") ? 0 : asked);
    const deliveries = without.has("deliveries") ? [] : deliveryFaults(sent);
    return (away: ReadonlySet<string>) => {
      const isCut = name === "twilio" && away.has("line");
      faults.set({
        requests: away.has(name) ? [isDown, takesTime] : isCut ? [answersGetLost, takesTime] : requests,
        deliveries: isCut || away.has("edge") ? [{ kind: "drop" }] : deliveries,
      });
    };
  });
  goCardless.faults.set({ outcomes: without.has("banks") ? [] : paymentEnds(dice.pick([0, 0.05, 0.2])) });
  const apply = (away: ReadonlySet<string>) => {
    for (const one of troubled) one(away);
  };
  apply(new Set());
  return apply;
};

const requestFaults = (chance: number) =>
  [
    { kind: "timeout", accepted: true, chance },
    { kind: "timeout", accepted: false, chance },
    { kind: "reset", accepted: true, chance },
    { kind: "reset", accepted: false, chance },
    { kind: "status", status: 500, accepted: true, chance },
    { kind: "status", status: 503, chance },
    { kind: "status", status: 429, retryAfterSeconds: 30, chance },
    { kind: "latency", ms: 2_000, chance: chance * 4 },
    takesTime,
  ] as const;

const deliveryFaults = (chance: number) =>
  [
    { kind: "drop", chance },
    { kind: "duplicate", chance },
    { kind: "reorder", chance },
    { kind: "delay", ms: 20 * MINUTE_MS, chance },
  ] as const;

/** What parents' banks do, in place of paying. */
const paymentEnds = (chance: number) =>
  (["failed", "late_failure", "charged_back", "retried", "retried_in_vain"] as const).map((status) => ({
    status,
    chance: chance / 2,
  }));

export const calmProviders = ({ twilio, goCardless }: Providers): void => {
  for (const { faults } of [twilio, goCardless]) faults.set({ requests: [takesTime], deliveries: [] });
  goCardless.faults.set({ outcomes: [] });
};
