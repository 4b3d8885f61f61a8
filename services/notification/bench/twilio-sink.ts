import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

export interface TwilioSink {
  readonly url: string;
  /** When the requests for each key arrived, by `performance.now()`; more than one means a text was sent twice. */
  readonly arrivals: Map<string, number[]>;
  stop(): Promise<void>;
}

/** Accepts every text at once, as fast as Node's HTTP server can. Its own cost is included in the figures, but small. */
export const startTwilioSink = async (keyOf: (body: string) => string | undefined): Promise<TwilioSink> => {
  const arrivals = new Map<string, number[]>();
  const server = createServer((request, response) => {
    const at = performance.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const body = form.get("Body") ?? "";
      const key = keyOf(body);
      if (key) arrivals.set(key, [...(arrivals.get(key) ?? []), at]);
      response.writeHead(201, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          sid: `SM${randomBytes(16).toString("hex")}`,
          status: "queued",
          to: form.get("To"),
          from: form.get("From"),
          body,
          num_segments: "1",
          date_created: new Date().toUTCString(),
          price: null,
          error_code: null,
        }),
      );
    });
  });
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    arrivals,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
