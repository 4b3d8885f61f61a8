import type { Runtime } from "@touchline/service";
import type { GoCardlessClient } from "gocardless-nodejs";
import type { FlowReport, NewFlow, PaymentProvider } from "../payment/provider.ts";
import type { Call } from "./calls.ts";
import { missing, noneLeft, oddAnswer, refusalOf, unexpected } from "./problems.ts";
import { bodyOf, expiryOf, requestReportOf } from "./shapes.ts";

type BillingRequests = Pick<PaymentProvider, "readRequest" | "createRequest" | "cancelRequest" | "createFlow">;

export const billingRequests = (
  client: GoCardlessClient,
  call: Call,
  { uuid }: Pick<Runtime, "uuid">,
  fallback: boolean,
): BillingRequests => {
  const readRequest: BillingRequests["readRequest"] = (id, traceparent) =>
    call(
      "read_billing_request",
      traceparent,
      async (headers) => requestReportOf(await client.billingRequests.find(id, headers)),
      missing,
    );

  return {
    readRequest,
    createRequest: (request, traceparent) =>
      call(
        "create_billing_request",
        traceparent,
        async (headers) =>
          requestReportOf(
            await client.billingRequests.create(bodyOf(request, fallback), request.idempotencyKey, headers),
          ),
        async (problem) => {
          if (problem.kind !== "conflict") return refusalOf("a billing request", problem);
          const existing = await readRequest(problem.id, traceparent);
          if (!existing) throw oddAnswer("a conflict with a request that does not exist");
          return existing;
        },
      ),
    cancelRequest: (id, traceparent) =>
      call(
        "cancel_billing_request",
        traceparent,
        (headers) => client.billingRequests.cancel(id, {}, headers).then(() => true),
        noneLeft,
      ),
    createFlow: flowCreator(client, call, uuid),
  };
};

const flowCreator = (client: GoCardlessClient, call: Call, uuid: Runtime["uuid"]): BillingRequests["createFlow"] => {
  const create = (
    flow: NewFlow,
    traceparent: string | undefined,
    again = true,
  ): Promise<FlowReport | "invalid_state"> =>
    call<FlowReport, FlowReport | "invalid_state">(
      "create_flow",
      traceparent,
      async (headers) => {
        const { requestId, redirectUri, exitUri } = flow;
        const body = { redirect_uri: redirectUri, exit_uri: exitUri, links: { billing_request: requestId } };
        const made = await client.billingRequestFlows.create(body, uuid(), headers);
        const url = made.authorisation_url ?? "";
        if (!URL.canParse(url)) throw oddAnswer("a flow without its address");
        // Normalised as a browser reads it, so that nothing else in the answer gets into a header.
        return { id: String(made.id), url: new URL(url).href, ...expiryOf(made.expires_at) };
      },
      (problem) => {
        if (problem.kind === "invalid_state") return "invalid_state";
        // The first answer was lost, and a flow cannot be read by its id. Creating another is fine: a request may have several.
        if (problem.kind === "conflict" && again) return create(flow, traceparent, false);
        throw unexpected("a flow", problem);
      },
    );
  return (flow, traceparent) => create(flow, traceparent);
};
