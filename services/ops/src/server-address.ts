import { AddressError, parseAddress, type StoreAddress, showEndpoint } from "@touchline/event-store/address";
import { Problem } from "./problem.ts";

/** The parts of EVENTSTORE_URL that a request over HTTP needs. */
export interface ServerAddress extends Pick<StoreAddress, "discover" | "tls" | "verifyCert" | "caFile" | "login"> {
  /** `host:port`. */
  readonly hosts: readonly string[];
}

export const serverAddress = (url: string): ServerAddress => {
  try {
    const address = parseAddress(url);
    return { ...address, hosts: address.hosts.map(showEndpoint) };
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new Problem(`The event store's address ${error.message}`, "It is written as esdb://user:password@host:2113.");
  }
};
