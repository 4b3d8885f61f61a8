import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import type { GoCardlessStandIn, Message, TwilioStandIn } from "@touchline/sandbox";
import { systemRuntime } from "@touchline/service/runtime";
import { processesOf } from "@touchline/testing";
import { expect } from "vitest";
import { createParent } from "../src/parent.ts";
import { freePorts } from "../src/ports.ts";
import { sampleRegistration } from "../src/sample.ts";
import { type Front, startFront } from "./front.ts";
import { type GrpcStranger, grpcStranger, type NatsStranger, natsStranger } from "./outsiders.ts";
import { type Running, start } from "./running.ts";
import { account, SENDER, standInsAt } from "./stand-ins.ts";

/** Touchline as `npm start` runs it, with stand-ins for everybody else. */
export interface World {
  readonly touchline: Running;
  readonly twilio: TwilioStandIn;
  readonly goCardless: GoCardlessStandIn;
  readonly front: Front;
  readonly grpc: GrpcStranger;
  readonly nats: NatsStranger;
  readonly env: Readonly<Record<string, string>>;
  textsTo(phone: string): readonly Message[];
  /** Waits for a text with a link to a phone, and returns the link. */
  linkFor(phone: string, skip?: number): Promise<string>;
  pay(link: string): Promise<void>;
  /** A text from a parent's phone. */
  texted(from: string, body: string): Promise<void>;
  row(registrationId: string): Promise<Record<string, unknown>>;
  /** Stops Touchline, then the rest. Resolves with the launcher's exit code. */
  stop(): Promise<number | null>;
}

export const startWorld = async (settings: Readonly<Record<string, string>> = {}): Promise<World> => {
  const ports = await freePorts({});
  const front = await startFront(Number(ports.EDGE_PORT));
  const standIns = await standInsAt(ports, front.url);
  const { dataDir, twilio, goCardless } = standIns;
  const env = { ...standIns.env, ...settings };
  const touchline = await start(env);
  const grpc = await grpcStranger(touchline.urls.grpc);
  const nats = await natsStranger(touchline.urls.nats);
  const textsTo = (phone: string) =>
    twilio.messages.filter(({ to, direction }) => to === phone && direction !== "inbound");
  const links = (phone: string) =>
    textsTo(phone).flatMap(({ body }) => /https?:\S+\/reg_setup\/BRQ\w+/.exec(body) ?? []);
  return {
    touchline,
    twilio,
    goCardless,
    front,
    grpc,
    nats,
    env,
    textsTo,
    linkFor: async (phone, skip = 0) => {
      await expect.poll(() => links(phone)[skip], { timeout: 60_000 }).toBeDefined();
      return links(phone)[skip] as string;
    },
    pay: async (link) => {
      const parent = createParent({
        phone: "",
        twilio: { baseUrl: twilio.url, ...account },
        signal: AbortSignal.timeout(30_000),
        runtime: systemRuntime(),
      });
      await parent.payAt(link);
    },
    texted: async (from, body) => void (await twilio.receive({ from, to: SENDER, body })),
    row: (registrationId) => grpc.call("GetRegistration", { registration_id: registrationId }),
    stop: async () => {
      grpc.close();
      await nats.close();
      const code = await touchline.stop();
      await Promise.all([standIns.stop(), front.stop()]);
      expect(processesOf(dataDir)).toEqual([]);
      rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
};

/** In proto3 JSON, as the chat writes it. */
export const registrationOf = (parentPhone: string, more: object = {}) => ({
  ...sampleRegistration(parentPhone),
  registrationId: randomUUID() as string,
  ...more,
});

/** The same for gRPC's generic client: names as in `proto/`. */
export const inSnakeCase = (message: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      typeof value === "object" && value !== null ? inSnakeCase(value) : value,
    ]),
  );
