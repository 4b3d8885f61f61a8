import { londonDay } from "@touchline/london";
import type { World } from "../world/world.ts";

const DAY_MS = 86_400_000;

/** Each morning, GoCardless collects the months that are due. The stand-in itself collects one only on request. */
export const collectDaily = ({ machine: { clock }, providers: { goCardless }, history }: World): void => {
  const collect = () => {
    clock.after(DAY_MS, collect);
    const today = londonDay(new Date(clock.nowMs()));
    for (const { id, status, upcoming_payments } of goCardless.subscriptions) {
      const [next] = upcoming_payments;
      if (status !== "active" || next === undefined || next.charge_date > today) continue;
      try {
        goCardless.collectNext(id);
        history.add("gocardless", `collects the month of ${next.charge_date} of ${id}`);
      } catch (error) {
        history.add("gocardless", `cannot collect ${id}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  clock.after(DAY_MS, collect);
};
