import formbody from "@fastify/formbody";
import type { Joinable } from "@touchline/service";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Form, type InboundText, readInboundText, readSignedForm } from "../twilio/callbacks.ts";

export interface WebhookOptions {
  readonly authToken: string;
  /** The origin that Twilio called. It signs the public URL, not the one behind the proxy. */
  readonly publicUrl: string;
  readonly onStatus: (attemptId: string | undefined, form: Form, request: Joinable) => Promise<void>;
  readonly onInbound: (text: InboundText, request: Joinable) => Promise<void>;
  readonly onForged: () => void;
}

const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>';

/** Twilio's status callbacks and incoming texts. Anything that Twilio did not sign gets 403. */
export const webhookRoutes = async (app: FastifyInstance, options: WebhookOptions): Promise<void> => {
  await app.register(formbody);
  // Any other type cannot be Twilio's: it is refused for its missing signature, not its type.
  app.removeContentTypeParser(["application/json", "text/plain"]);
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, _body, done) => done(null, {}));

  const formOf = (request: FastifyRequest): Form | undefined => {
    const url = options.publicUrl + request.url;
    const signature = request.headers["x-twilio-signature"];
    const form = readSignedForm(options.authToken, { url, signature, body: request.body });
    if (!form) options.onForged();
    return form;
  };

  app.post("/webhooks/twilio/status", async (request, reply) => {
    const form = formOf(request);
    if (!form) return reply.code(403).send();
    const { attempt } = request.query as { attempt?: string | string[] };
    await options.onStatus(typeof attempt === "string" ? attempt : undefined, form, request);
    return reply.code(204).send();
  });

  app.post("/webhooks/twilio/inbound", async (request, reply) => {
    const form = formOf(request);
    if (!form) return reply.code(403).send();
    await options.onInbound(readInboundText(form), request);
    return reply.code(200).type("text/xml").send(EMPTY_TWIML);
  });
};
