import type { MemoryNats } from "@touchline/messaging/memory";
import type { Clock } from "../machine/clock.ts";
import type { Dice, FaultKind } from "./faults.ts";
import type { History } from "./history.ts";
import { type ServiceName, serviceNames } from "./programs.ts";
import type { Providers } from "./providers.ts";
import type { Supervised } from "./supervisor.ts";

interface Outages {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly without: ReadonlySet<FaultKind>;
  readonly away: Set<"store">;
  readonly nats: MemoryNats;
  readonly providers: Providers;
  readonly services: Readonly<Record<ServiceName, Supervised>>;
  readonly history: History;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Every few hours something is away for a while, or a service is killed out of the blue. */
export const planOutages = ({ clock, dice, without, away, nats, providers, services, history }: Outages): void => {
  const begin: Readonly<Record<string, () => () => void>> = {
    store: () => {
      away.add("store");
      return () => away.delete("store");
    },
    nats: () => {
      nats.stop();
      return () => nats.start();
    },
    edge: () => loseDeliveries(providers),
  };
  const everyMs = dice.pick([6, 24, 72]) * HOUR_MS;
  const next = () =>
    clock.after(dice.between(MINUTE_MS, 2 * everyMs), () => {
      if (dice.isStopped()) return;
      next();
      const what = dice.pick(["store", "nats", "edge", "kill"]);
      if (what === "kill") {
        if (!without.has("crashes")) services[dice.pick(serviceNames)].crash("killed");
        return;
      }
      history.add("outage", `${what} is away`);
      const end = begin[what]?.();
      clock.after(dice.between(1_000, (what === "edge" ? 300 : 30) * MINUTE_MS), () => {
        if (dice.isStopped()) return;
        history.add("outage", `${what} is back`);
        end?.();
      });
    });
  if (!without.has("outages")) next();
};

/** No callback and no webhook comes through. */
const loseDeliveries = ({ twilio, goCardless }: Providers): (() => void) => {
  const before = [twilio, goCardless].map(({ faults }) => ({ faults, deliveries: faults.current().deliveries }));
  for (const { faults } of before) faults.set({ deliveries: [{ kind: "drop" }] });
  return () => {
    for (const { faults, deliveries } of before) faults.set({ deliveries });
  };
};
