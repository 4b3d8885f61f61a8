import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { status } from "@grpc/grpc-js";
import type { Endpoint } from "../address.ts";
import { codeOf, Unreachable } from "../explain.ts";
import type { TlsOptions } from "./tls.ts";

const PROBE_MS = 1_000;
/** For a node that requires TLS when we use none; Node has no code for it. */
const WANTS_TLS = "WANTS_TLS";

/**
 * Finds out why a connection could not be made. gRPC says so only in words that change with its version, so this tries the
 * connection again without gRPC. Other failures are returned unchanged.
 */
export const diagnose = async (error: unknown, endpoint: Endpoint, tls: TlsOptions | undefined): Promise<unknown> => {
  if (codeOf(error) !== status.UNAVAILABLE) return error;
  const code = await failureOf(endpoint, tls);
  return code === undefined ? error : new Unreachable(endpoint, code, error);
};

const failureOf = async ({ host, port }: Endpoint, tls: TlsOptions | undefined): Promise<string | undefined> => {
  if (tls) return attempt(connectTls({ ...tls, host, port }), "secureConnect");
  const failed = await attempt(connectPlain({ host, port }), "connect");
  if (failed) return failed;
  const handshake = await attempt(connectTls({ host, port, rejectUnauthorized: false }), "secureConnect");
  return handshake === undefined ? WANTS_TLS : undefined;
};

/** The code of the error that ends a connection attempt; undefined when it succeeds or ends without a code. */
const attempt = async (socket: Socket, made: "connect" | "secureConnect"): Promise<string | undefined> => {
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.setTimeout(PROBE_MS, () => resolve("ETIMEDOUT"));
      socket.once(made, () => resolve(undefined));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "UNKNOWN"));
      socket.once("close", () => resolve("ECONNRESET"));
    });
  } finally {
    socket.destroy();
  }
};
