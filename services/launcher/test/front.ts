import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front {
  readonly url: string;
  /** The first line of each request. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** In front of the public edge: passes everything on and remembers the requests. */
export const startFront = async (edgePort: number): Promise<Front> => {
  const lines: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    lines.push(`${method} ${url}`);
    const upstream = ask({ host: "127.0.0.1", port: edgePort, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on("error", () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
