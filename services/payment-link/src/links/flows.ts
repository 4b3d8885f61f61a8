import { atMost, type Runtime } from "@touchline/service";
import { LRUCache } from "lru-cache";
import type { FlowReport, PaymentProvider } from "../payment/provider.ts";
import type { PageHosts } from "./page-hosts.ts";

export interface FlowOptions {
  readonly provider: Pick<PaymentProvider, "createFlow" | "readRequest">;
  readonly hosts: PageHosts;
  readonly reuseMs: number;
  /** Where GoCardless sends the parent afterwards, by the link's id. */
  readonly returnTo: (linkId: string) => { redirectUri: string; exitUri: string };
  readonly runtime: Pick<Runtime, "now">;
}

interface Flow extends FlowReport {
  /** True for the tap that created it. */
  readonly fresh: boolean;
}

/** Why there is no page: the billing request no longer allows one, or the page would be outside the allowed hosts. */
type NoFlow = "invalid_state" | "foreign_host";

export interface Flows {
  /** A recent page or a new one; simultaneous taps share it. */
  get(linkId: string, requestId: string, traceparent?: string): Promise<Flow | NoFlow>;
  /** What GoCardless says about a billing request now; simultaneous taps share the answer. */
  read(requestId: string, traceparent?: string): ReturnType<PaymentProvider["readRequest"]>;
  forget(requestId: string): void;
}

const MAX_FLOWS = 50_000;

/** The pages that this process created recently. Each process creates its own: a request may have several. */
export const createFlows = ({ provider, hosts, reuseMs, returnTo, runtime }: FlowOptions): Flows => {
  const flows = new LRUCache<string, FlowReport & { readonly madeAt: number }>(atMost(MAX_FLOWS));
  const making = new Map<string, Promise<FlowReport | NoFlow>>();
  const reading = new Map<string, ReturnType<PaymentProvider["readRequest"]>>();

  const young = (requestId: string): FlowReport | undefined => {
    const flow = flows.get(requestId);
    const now = runtime.now().getTime();
    if (!flow || now - flow.madeAt >= reuseMs) return undefined;
    return flow.expiresAt && Date.parse(flow.expiresAt) <= now ? undefined : flow;
  };

  const make = async (
    linkId: string,
    requestId: string,
    traceparent: string | undefined,
  ): Promise<FlowReport | NoFlow> => {
    const flow = await provider.createFlow({ requestId, ...returnTo(linkId) }, traceparent);
    if (flow === "invalid_state") return flow;
    if (!hosts.allows(flow.url)) return "foreign_host";
    flows.set(requestId, { ...flow, madeAt: runtime.now().getTime() });
    return flow;
  };

  return {
    forget: (requestId) => void flows.delete(requestId),
    read: (requestId, traceparent) => shared(reading, requestId, () => provider.readRequest(requestId, traceparent)),
    get: async (linkId, requestId, traceparent) => {
      const found = young(requestId);
      if (found) return { ...found, fresh: false };
      const mine = !making.has(requestId);
      const flow = await shared(making, requestId, () => make(linkId, requestId, traceparent));
      return typeof flow === "string" ? flow : { ...flow, fresh: mine };
    },
  };
};

/** Callers share the result of the same work while it is in flight. */
const shared = <T>(inFlight: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> => {
  const found = inFlight.get(key);
  if (found) return found;
  const promise = work();
  const over = () => inFlight.delete(key);
  inFlight.set(key, promise);
  promise.then(over, over);
  return promise;
};
