import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { type ChannelCredentials, type ChannelOptions, credentials } from "@grpc/grpc-js";
import type { Endpoint, StoreAddress } from "../address.ts";
import { UnreadableFile } from "../explain.ts";

export type TlsOptions = Pick<
  ConnectionOptions,
  "ca" | "key" | "cert" | "rejectUnauthorized" | "checkServerIdentity" | "servername"
>;

/** How to connect to nodes; in plain text when there are no TLS options. */
export interface Security {
  credentials(endpoint: Endpoint): ChannelCredentials;
  tls(endpoint: Endpoint): TlsOptions | undefined;
}

/** Reads the files that the address names, at each connection, so that a renewed certificate needs no restart. */
export const readSecurity = async (address: StoreAddress): Promise<Security> => {
  if (!address.tls) return { credentials: () => credentials.createInsecure(), tls: () => undefined };
  const [ca, key, cert] = await Promise.all([
    readNamed("tlsCAFile", address.caFile),
    readNamed("userKeyFile", address.userKeyFile),
    readNamed("userCertFile", address.userCertFile),
  ]);
  const verify = ({ host }: Endpoint) => ({
    rejectUnauthorized: address.verifyCert,
    checkServerIdentity: (_name: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(host, certificate),
  });
  return {
    credentials: (endpoint) => credentials.createSsl(ca, key, cert, verify(endpoint)),
    tls: (endpoint) => ({
      ...(ca && { ca }),
      ...(key && { key }),
      ...(cert && { cert }),
      servername: serverName(endpoint),
      ...verify(endpoint),
    }),
  };
};

/** TLS has no server names for IP addresses, and Node warns if given one. The certificate is checked anyway. */
const serverName = ({ host }: Endpoint): string => (isIP(host) ? "localhost" : host);

export const nameOptions = (endpoint: Endpoint): ChannelOptions => ({
  "grpc.ssl_target_name_override": serverName(endpoint),
});

const readNamed = async (option: string, path: string | undefined): Promise<Buffer | null> => {
  if (path === undefined) return null;
  try {
    return await readFile(path);
  } catch (error) {
    throw new UnreadableFile(option, path, error);
  }
};
