import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface TamperingProxy {
  readonly url: string;
  /** From now on what passes is told that it came to this host: a provider's answers then lead there. Undefined ends it. */
  readonly pretendHost: (host: string | undefined) => void;
  stop(): Promise<void>;
}

/** Stands between a service and a provider's stand-in, which need not run yet. */
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
