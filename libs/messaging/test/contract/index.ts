import { connectionsContract } from "./connections.ts";
import { consumersContract } from "./consumers.ts";
import { consumingContract } from "./consuming.ts";
import type { Open } from "./scene.ts";
import { streamsContract } from "./streams.ts";

export type { OpenedServer } from "./scene.ts";

/** What Touchline expects of NATS and JetStream, and what it builds on them, for every implementation. */
export const natsContract = (implementation: string, open: Open): void => {
  for (const suite of [streamsContract, consumersContract, connectionsContract, consumingContract])
    suite(implementation, open);
};
