import { Fault } from "@touchline/contracts";
import { type EventStore, load } from "@touchline/event-store";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import type { Link } from "../payment/state.ts";
import type { LinkIndex } from "../projections/link-index.ts";

export interface Lookup {
  /** What the projection knows; undefined while its file cannot be read. */
  known(id: string): Link | undefined;
  /** What the stream says, for links that the projection has not seen yet. @throws Fault while the store is down */
  fromStream(id: string): Promise<Link | undefined>;
}

export const createLookup = (store: EventStore, index: Pick<LinkIndex, "link">): Lookup => ({
  known: (id) => {
    try {
      return shown(index.link(id));
    } catch (error) {
      if (error instanceof Fault) return undefined;
      throw error;
    }
  },
  fromStream: async (id) => {
    const { state, traceparent } = await load(store, paymentAggregate, id);
    return state.status === "known" ? shown({ ...state, ...(traceparent && { traceparent }) }) : undefined;
  },
});

/** An erased link is treated like one that never existed: both look-ups, then the same page. */
const shown = (link: Link | undefined): Link | undefined => (link?.erased ? undefined : link);
