import { connect, type Socket } from "node:net";

/** The answer to raw bytes, such as no HTTP client would send. */
export interface RawAnswer {
  /** Everything that came back. */
  readonly text: string;
  readonly statuses: readonly string[];
  /** Whether the server closed the connection. */
  readonly closed: boolean;
}

/** A connection to loopback. Tests expect broken connections, so errors are ignored. */
export const openSocket = async (port: number): Promise<Socket> => {
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket.on("error", () => {});
};

const FIRST_BYTE_MS = 3_000;

/**
 * Sends bytes, and collects the answer until the server closes the connection, or is silent for `quietMs` after it has begun to
 * answer.
 */
export const sendRaw = async (port: number, bytes: string, quietMs = 300): Promise<RawAnswer> => {
  const socket = await openSocket(port);
  let text = "";
  return new Promise((resolve) => {
    let quiet: NodeJS.Timeout;
    const finish = (closed: boolean) => {
      clearTimeout(quiet);
      socket.destroy();
      resolve({ text, closed, statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = ""]) => status) });
    };
    const wait = (ms: number) => {
      clearTimeout(quiet);
      quiet = setTimeout(() => finish(false), ms);
    };
    // A busy machine may take long to begin.
    wait(Math.max(quietMs, FIRST_BYTE_MS));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      wait(quietMs);
    });
    socket.on("close", () => finish(true));
    socket.write(bytes, "latin1");
  });
};

export const SMUGGLED = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

const withBody = (start: string, ...headers: string[]) =>
  [`${start} HTTP/1.1`, "Host: x", ...headers, "", SMUGGLED].join("\r\n");
const length = `Content-Length: ${SMUGGLED.length}`;

/** Requests that hide another request in their body. A public edge must not let the hidden one through to a service. */
export const smugglings: readonly (readonly [what: string, bytes: string])[] = [
  ["a GET with a body", withBody("GET /reg_setup/x", length)],
  [
    "a GET with chunks",
    `GET /reg_setup/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
  ],
  [
    "a DELETE whose Connection names its framing",
    withBody("DELETE /reg_setup/x", "Connection: content-length", length),
  ],
  [
    "an OPTIONS whose Connection names its framing",
    withBody("OPTIONS /reg_setup/x", "Connection: keep-alive, content-length", length),
  ],
  ["two lengths", withBody("POST /webhooks/gocardless", "Content-Length: 1", length)],
  [
    "a length and chunks",
    `POST /webhooks/gocardless HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
];
