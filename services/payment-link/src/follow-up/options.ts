import type { Cause, EventStore } from "@touchline/event-store";
import type { Runtime } from "@touchline/service";
import type { Fact } from "../payment/decide.ts";
import type { Provider } from "../payment/money-provider.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import type { AskAgain } from "./ask-again.ts";
import type { Seasons } from "./season.ts";

export interface StepsOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly provider: Provider;
  readonly askAgain: AskAgain;
  readonly seasons: Seasons;
  readonly runtime: Pick<Runtime, "now">;
}

/**
 * `done`: the link has changed, so look at it again. `nothing`: it has to wait. `declined`: GoCardless said no for good, which is
 * recorded, and the link goes on. `refused`: an operator has to act first.
 */
export type StepResult = "done" | "nothing" | "declined" | "refused";

/** Resolves with how many facts were new. */
export type RecordRead = (linkId: string, facts: readonly Fact[], cause: Cause) => Promise<number>;
