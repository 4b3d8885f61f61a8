import { Fault } from "@touchline/contracts";

/** What went wrong with the store, as a fault; a defect of ours stays what it is. */
export const asFault = (error: unknown): unknown =>
  error instanceof Fault || error instanceof TypeError ? error : new Fault("event_store_unavailable", { cause: error });
