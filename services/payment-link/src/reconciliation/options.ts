import type { EventStore } from "@touchline/event-store";
import type { Runtime } from "@touchline/service";
import type { Provider } from "../payment/money-provider.ts";
import type { Link } from "../payment/state.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import type { Ingest } from "../webhooks/ingest.ts";
import type { TheirBooks } from "./walk.ts";

export interface ReconcileOptions {
  readonly store: EventStore;
  readonly provider: Pick<
    Provider,
    keyof TheirBooks | "payoutItems" | "eventsAbout" | "readPayment" | "readRefund" | "readMandate"
  >;
  readonly index: LinkIndex;
  /** All links, a page at a time. */
  readonly links: () => Iterable<readonly Link[]>;
  readonly ingest: Ingest;
  readonly runtime: Pick<Runtime, "now">;
  readonly signal: AbortSignal;
}
