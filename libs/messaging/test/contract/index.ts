import { connectionsContract } from "./connections.ts";
import { consumersContract } from "./consumers.ts";
import { consumingContract } from "./consuming.ts";
import type { Open } from "./scene.ts";
import { streamsContract } from "./streams.ts";

export type { OpenedServer } from "./scene.ts";

/** What Touchline relies on of NATS and JetStream, and what it promises on top of that, for every implementation. */
export const natsContract = (implementation: string, open: Open): void => {
  for (const suite of [streamsContract, consumersContract, connectionsContract, consumingContract])
    suite(implementation, open);
};
