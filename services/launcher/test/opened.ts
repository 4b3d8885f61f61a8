import { expect } from "vitest";
import { type GrpcStranger, grpcStranger, type NatsStranger, natsStranger } from "./outsiders.ts";
import { type Running, start } from "./running.ts";

/** Touchline as `npm start` runs it, with its gateway. It can be stopped, and restarted on the same folder. */
export interface Opened {
  readonly touchline: Running;
  readonly grpc: GrpcStranger;
  readonly nats: NatsStranger;
  readonly close: () => Promise<void>;
}

export const openTouchline = async (env: Readonly<Record<string, string>>): Promise<Opened> => {
  const touchline = await start(env);
  const grpc = await grpcStranger(touchline.urls.grpc);
  const nats = await natsStranger(touchline.urls.nats);
  const close = async () => {
    grpc.close();
    await nats.close();
    expect(await touchline.stop()).toBe(0);
  };
  return { touchline, grpc, nats, close };
};
