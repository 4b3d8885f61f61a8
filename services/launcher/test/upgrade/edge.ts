import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Place } from "./versions.ts";

/** How long callers retry. What a provider gives up on costs the test half a minute, until it is polled. */
const PATIENCE_MS = 10_000;

export interface PublicEdge {
  readonly port: number;
  readonly places: Place[];
  stop(): Promise<void>;
}

/** The public edge: passes requests to the places in turn, and to another place if nothing runs there. */
export const startPublicEdge = async (): Promise<PublicEdge> => {
  const places: Place[] = [];
  let turn = 0;
  const next = () => places[turn++ % places.length] as Place;
  const server = createServer((incoming, outgoing) => {
    passOn(incoming, next).then(
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    places,
    stop: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
};

const passOn = async (incoming: IncomingMessage, next: () => Place): Promise<IncomingMessage> => {
  const body = await buffer(incoming);
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask(incoming, body, next());
    } catch (error) {
      // Only calls that have reached no instance are tried elsewhere.
      if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED" || Date.now() > giveUpAt) throw error;
      await sleep(50);
    }
  }
};

const ask = ({ method, url = "/", headers }: IncomingMessage, body: Buffer, { env }: Place) => {
  const port = url.startsWith("/webhooks/twilio") ? env.NOTIFICATION_PORT : env.PAYMENT_LINK_PORT;
  return new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: "127.0.0.1", port, method, path: url, headers }, resolve).on("error", reject).end(body);
  });
};
