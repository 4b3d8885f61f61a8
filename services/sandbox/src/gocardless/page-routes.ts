import formbody from "@fastify/formbody";
import type { Html } from "@touchline/service/html";
import type { FastifyInstance, FastifyReply } from "fastify";
import { serveAsset } from "../stand-in/asset.ts";
import type { Account } from "./account.ts";
import { cancelBillingRequest } from "./billing-requests.ts";
import { flowState } from "./flows.ts";
import { complete, denyAtBank, fulfil, visit } from "./fulfilment.ts";
import { type Ending, endingPage, paymentPage } from "./page.ts";
import type { BillingRequest, Flow } from "./resources.ts";

const show = (reply: FastifyReply, page: Html, status = 200): FastifyReply =>
  reply
    .code(status)
    .headers({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    })
    .send(page.toString());

const end = (reply: FastifyReply, ending: Ending, status = 200): FastifyReply =>
  show(reply, endingPage(ending), status);

const goTo = (reply: FastifyReply, uri: string | null, otherwise: Ending): FastifyReply =>
  uri === null ? end(reply, otherwise) : reply.redirect(uri, 303);

/** The hosted payment page: plain HTML and forms, as a payer's phone sees it. */
export const pageRoutes =
  (account: Account) =>
  async (app: FastifyInstance): Promise<void> => {
    await app.register(formbody);

    type Asked = { readonly flow: Flow; readonly request: BillingRequest } | { readonly ending: Ending };
    const ask = (id: string | undefined): Asked => {
      const flow = account.flows.get(id ?? "");
      const request = account.billingRequests.get(flow?.links.billing_request ?? "");
      if (flow === undefined || request === undefined) return { ending: "unknown" };
      const state = flowState(account, flow);
      return state === "open" ? { flow, request } : { ending: state };
    };
    const finish = (reply: FastifyReply, flow: Flow, completed: BillingRequest): FastifyReply => {
      if (flow.auto_fulfil) fulfil(account, completed);
      return goTo(reply, flow.redirect_uri, flow.auto_fulfil ? "paid" : "ready");
    };
    const refuse = (reply: FastifyReply, ending: Ending) => end(reply, ending, ending === "unknown" ? 404 : 200);

    app.get<{ Querystring: { id?: string } }>("/billing/static/flow", async (request, reply) => {
      const asked = ask(request.query.id);
      if ("ending" in asked) return refuse(reply, asked.ending);
      if (request.method !== "HEAD") visit(account, asked.flow, "flow_visited");
      return show(reply, paymentPage(asked.request, asked.flow));
    });

    app.post<{ Querystring: { id?: string }; Body: { do?: string } | undefined }>(
      "/billing/static/flow/act",
      async (request, reply) => {
        const asked = ask(request.query.id);
        if ("ending" in asked) return refuse(reply, asked.ending);
        const { flow, request: wanted } = asked;
        switch (request.body?.do ?? "") {
          case "pay":
            return finish(reply, flow, complete(account, wanted));
          case "pay-fails-later":
            return finish(reply, flow, complete(account, wanted, "late_failure"));
          case "fallback":
            if (!wanted.fallback_enabled || wanted.payment_request === null) return end(reply, "unknown", 400);
            return finish(reply, flow, complete(account, wanted, undefined, "fallback"));
          case "leave":
            visit(account, flow, "flow_exited");
            return goTo(reply, flow.exit_uri, "left");
          case "cancel":
            cancelBillingRequest(account, wanted);
            return end(reply, "cancelled");
          case "deny":
            denyAtBank(account, flow);
            return show(reply, paymentPage(wanted, flow, "Your bank said no. Nothing was paid; you can try again."));
          default:
            return end(reply, "unknown", 400);
        }
      },
    );

    serveAsset(app, "/sandbox/payment.css", new URL("./payment.css", import.meta.url));
  };
