import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface TamperingProxy {
  readonly url: string;
  /** Makes requests name this host, so that a provider's answers lead there. Undefined ends it. */
  readonly pretendHost: (host: string | undefined) => void;
  stop(): Promise<void>;
}

/** A proxy between a service and a provider's stand-in, which may start later. */
export const startTamperingProxy = async (upstream: string): Promise<TamperingProxy> => {
  let host: string | undefined;
  const server = createServer((incoming, answer) => {
    const { method, headers } = incoming;
    const url = new URL(incoming.url ?? "/", upstream);
    const passed = { ...headers, host: host ?? url.host };
    const outgoing = request(url, { method, headers: passed }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.once("error", () => answer.destroy());
    answer.once("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pretendHost: (pretended) => {
      host = pretended;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
