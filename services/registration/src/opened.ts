import type { EventStore } from "@touchline/event-store";
import type { connectMessaging } from "@touchline/messaging";
import type { ServiceContext, Tracing } from "@touchline/service";
import type { Config } from "./config.ts";

/** Everything that `main` opens. */
export interface Opened {
  readonly context: ServiceContext;
  readonly config: Config;
  readonly store: EventStore;
  readonly tracing: Tracing | undefined;
  readonly connect: typeof connectMessaging;
}
