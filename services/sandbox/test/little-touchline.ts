import { once } from "node:events";
import { createServer } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack, timestampNow } from "@bufbuild/protobuf/wkt";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import {
  BadRequestSchema,
  type CompleteRegistrationRequest,
  CompleteRegistrationResponseSchema,
  grpcServiceDefinition,
  type Registration,
  RegistrationSchema,
  RegistrationService,
  RpcStatusSchema,
  type WatchRegistrationRequest,
} from "@touchline/contracts";
import twilio from "twilio";
import { clientFor } from "./gocardless-client.ts";

type Settings = { sandboxUrl: string };

/** The little of Touchline that the sandbox page needs to work: one table, both SDKs, no care taken. */
export const startLittleTouchline = async (accounts: { sid: string; token: string; accessToken: string }) => {
  const rows = new Map<string, Registration>();
  const watchers = new Set<ServerWritableStream<WatchRegistrationRequest, Registration>>();
  const settings: Settings = { sandboxUrl: "" };
  const inbound: URLSearchParams[] = [];
  const previewed: string[] = [];
  let position = 0;

  const change = (id: string, values: Partial<Registration>) => {
    const row = rows.get(id);
    if (row === undefined) return;
    position += 1;
    const changed = create(RegistrationSchema, { ...row, ...values, position: String(position) });
    rows.set(id, changed);
    for (const watcher of watchers) if (watcher.request.registrationId === id) watcher.write(changed);
  };
  const byRequest = (id: string) => [...rows.values()].find((row) => row.billingRequestId === id);
  const goCardless = () => clientFor(settings.sandboxUrl, accounts.accessToken);

  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void answer(request.url ?? "", Buffer.concat(chunks).toString()));
    const agent = String(request.headers["user-agent"]);
    const answer = async (url: string, body: string) => {
      const [, , id = "", rest] = url.split("/");
      if (url.startsWith("/webhooks/twilio/inbound")) inbound.push(new URLSearchParams(body));
      else if (url.startsWith("/webhooks/twilio/status")) onStatus(url, new URLSearchParams(body));
      else if (url === "/webhooks/gocardless") onEvents(JSON.parse(body) as Events);
      else if (!url.startsWith("/reg_setup/")) return response.writeHead(404).end();
      else if (rest === undefined && agent.includes("facebookexternalhit")) {
        previewed.push(id);
        return response.writeHead(200, { "content-type": "text/html" }).end("<title>Tigers &amp; Lions FC</title>");
      } else if (rest === undefined) {
        const flow = await goCardless().billingRequestFlows.create({
          links: { billing_request: id },
          redirect_uri: `${url_()}/reg_setup/${id}/thanks`,
          exit_uri: `${url_()}/reg_setup/${id}/exit`,
        });
        change(byRequest(id)?.registrationId ?? "", { linkOpenedAt: timestampNow() });
        return response.writeHead(303, { location: flow.authorisation_url ?? "" }).end();
      } else {
        return response.writeHead(200, { "content-type": "text/html" }).end(`<h1>${rest}</h1>`);
      }
      return response.writeHead(204).end();
    };
  });

  const onStatus = (url: string, form: URLSearchParams) => {
    const id = new URL(url, "http://x").searchParams.get("registration") ?? "";
    const said = form.get("MessageStatus") ?? "";
    if (said === "sending") return;
    const error = form.get("ErrorCode");
    change(id, {
      smsDeliveryStatus: said,
      smsSentAt: timestampNow(),
      smsDeliveryError: error === null ? "" : `${error}: the phone could not be reached`,
      phoneNeedsCorrection: error !== null,
    });
  };

  type Events = { events: { action: string; resource_type: string; links: Record<string, string> }[] };
  const paid = new Map<string, string>();
  const onEvents = ({ events }: Events) => {
    for (const { action, resource_type: type, links } of events) {
      const row = byRequest(links.billing_request ?? paid.get(links.payment ?? "") ?? "");
      if (row === undefined) continue;
      if (action === "fulfilled") {
        paid.set(links.payment_request_payment ?? "", row.billingRequestId);
        change(row.registrationId, { paymentStatus: "paid", paidAt: timestampNow() });
      }
      if (action === "charged_back" || (type === "payments" && action === "failed")) {
        change(row.registrationId, { paymentStatus: action });
      }
      if (type === "billing_requests" && action === "cancelled") {
        change(row.registrationId, { paymentStatus: "cancelled" });
      }
    }
  };

  const register = async (request: CompleteRegistrationRequest) => {
    const id = request.registrationId;
    const made = await goCardless().billingRequests.create(
      {
        payment_request: { amount: 4500, currency: "GBP", description: "Signing-on fee" },
        mandate_request: { currency: "GBP", scheme: "bacs", description: "Monthly fees" },
        metadata: { registration: id },
      },
      id,
    );
    change(id, { billingRequestId: made.id });
    const client = twilio(accounts.sid, accounts.token);
    client.api.baseUrl = settings.sandboxUrl;
    await client.messages.create({
      from: "+447700900999",
      to: `+44${request.parentPhone.replaceAll(" ", "").slice(1)}`,
      body: `Registration complete for ${request.child?.firstName}! Pay when convenient: ${url_()}/reg_setup/${made.id} Registration not complete until payment made.`,
      statusCallback: `${url_()}/webhooks/twilio/status?registration=${id}`,
    });
  };

  const refusal = (fields: readonly [string, string][]) => {
    const details = create(BadRequestSchema, {
      fieldViolations: fields.map(([field, description]) => ({ field, description })),
    });
    const metadata = new Metadata();
    const body = create(RpcStatusSchema, {
      code: 3,
      message: "invalid",
      details: [anyPack(BadRequestSchema, details)],
    });
    metadata.set("grpc-status-details-bin", Buffer.from(toBinary(RpcStatusSchema, body)));
    return { code: status.INVALID_ARGUMENT, details: "The registration is not valid.", metadata };
  };

  const grpc = new Server();
  grpc.addService(grpcServiceDefinition(RegistrationService), {
    completeRegistration: (
      call: ServerUnaryCall<CompleteRegistrationRequest, unknown>,
      done: sendUnaryData<unknown>,
    ) => {
      const { request } = call;
      if (!/^07\d/.test(request.parentPhone))
        return done(refusal([["parentPhone", "This is not a UK mobile number."]]));
      rows.set(
        request.registrationId,
        create(RegistrationSchema, {
          registrationId: request.registrationId,
          paymentStatus: "pending",
          smsDeliveryStatus: "pending",
        }),
      );
      void register(request);
      return done(null, create(CompleteRegistrationResponseSchema, { registrationId: request.registrationId }));
    },
    watchRegistration: (call: ServerWritableStream<WatchRegistrationRequest, Registration>) => {
      const row = rows.get(call.request.registrationId);
      if (row === undefined) return call.destroy(Object.assign(new Error("none"), { code: status.NOT_FOUND }));
      call.write(row);
      watchers.add(call);
      call.on("cancelled", () => watchers.delete(call));
      return undefined;
    },
    ...Object.fromEntries(
      ["getRegistration", "listRegistrations", "resendPaymentLink", "correctParentPhone", "cancelRegistration"].map(
        (name) => [
          name,
          (_call: unknown, done: sendUnaryData<unknown>) => done({ code: status.UNIMPLEMENTED, details: "not here" }),
        ],
      ),
    ),
  });

  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url_ = () => `http://127.0.0.1:${address.port}`;
  const grpcPort = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    ),
  );
  return {
    url: url_(),
    grpcTarget: `127.0.0.1:${grpcPort}`,
    inbound,
    previewed,
    knows: (sandboxUrl: string) => {
      settings.sandboxUrl = sandboxUrl;
    },
    stop: async () => {
      grpc.forceShutdown();
      await new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      });
    },
  };
};
