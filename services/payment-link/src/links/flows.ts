import type { FlowReport, PaymentProvider } from "../gocardless/provider.ts";
import type { PageHosts } from "./page-hosts.ts";

export interface FlowOptions {
  readonly provider: Pick<PaymentProvider, "createFlow" | "readRequest">;
  readonly hosts: PageHosts;
  readonly reuseMs: number;
  /** Where GoCardless sends the parent afterwards, by the link's id. */
  readonly returnTo: (linkId: string) => { redirectUri: string; exitUri: string };
  readonly clock: () => Date;
}

export interface Flow extends FlowReport {
  /** True for whoever's tap made it. */
  readonly fresh: boolean;
}

/** Why there is no page: the billing request allows none any more, or the page that came would be outside the allowed hosts. */
export type NoFlow = "invalid_state" | "foreign_host";

export interface Flows {
  /** A page that is young enough, or a new one; taps that come at once share it. */
  get(linkId: string, requestId: string, traceparent?: string): Promise<Flow | NoFlow>;
  /** A page that is young enough. */
  young(requestId: string): Flow | undefined;
  /** What GoCardless says about a billing request now; taps that come at once share the answer. */
  read(requestId: string, traceparent?: string): ReturnType<PaymentProvider["readRequest"]>;
  forget(requestId: string): void;
}

interface Kept {
  readonly madeAt: number;
  readonly flow: Flow;
}

const KEPT = 50_000;

/** The pages that this process has made lately. Another process makes its own: several on one request are normal. */
export const createFlows = ({ provider, hosts, reuseMs, returnTo, clock }: FlowOptions): Flows => {
  const kept = new Map<string, Kept>();
  const making = new Map<string, Promise<FlowReport | NoFlow>>();
  const reading = new Map<string, ReturnType<PaymentProvider["readRequest"]>>();

  const young = (requestId: string): Flow | undefined => {
    const found = kept.get(requestId);
    const now = clock().getTime();
    if (!found || now - found.madeAt >= reuseMs) return undefined;
    return found.flow.expiresAt && Date.parse(found.flow.expiresAt) <= now ? undefined : found.flow;
  };

  const make = async (
    linkId: string,
    requestId: string,
    traceparent: string | undefined,
  ): Promise<FlowReport | NoFlow> => {
    const flow = await provider.createFlow({ requestId, ...returnTo(linkId) }, traceparent);
    if (flow === "invalid_state") return flow;
    if (!hosts.allows(flow.url)) return "foreign_host";
    kept.delete(requestId);
    kept.set(requestId, { flow: { ...flow, fresh: false }, madeAt: clock().getTime() });
    if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? "");
    return flow;
  };

  return {
    young,
    forget: (requestId) => void kept.delete(requestId),
    read: (requestId, traceparent) => shared(reading, requestId, () => provider.readRequest(requestId, traceparent)),
    get: async (linkId, requestId, traceparent) => {
      const found = young(requestId);
      if (found) return found;
      const mine = !making.has(requestId);
      const flow = await shared(making, requestId, () => make(linkId, requestId, traceparent));
      return typeof flow === "string" ? flow : { ...flow, fresh: mine };
    },
  };
};

/** Whoever comes while the same work is under way gets its result. */
const shared = <T>(underWay: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> => {
  const found = underWay.get(key);
  if (found) return found;
  const promise = work();
  const over = () => underWay.delete(key);
  underWay.set(key, promise);
  promise.then(over, over);
  return promise;
};
