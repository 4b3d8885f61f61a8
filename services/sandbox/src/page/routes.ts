import formbody from "@fastify/formbody";
import type { CancelTimer } from "@touchline/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { serveAsset } from "../stand-in/asset.ts";
import { isOn, type Preset, presets, toggled } from "./faults.ts";
import { livePieces, sandboxPage } from "./layout.ts";
import type { World } from "./world.ts";

type Form = Readonly<Record<string, string | undefined>>;
const formOf = (request: FastifyRequest): Form => (request.body ?? {}) as Form;

/** How long changes are gathered before they go to the page. */
const GATHER_MS = 40;
const HEARTBEAT_MS = 15_000;

const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** Answers the script with JSON, and a browser without script with the page. */
const answer = (request: FastifyRequest, reply: FastifyReply, body: object = {}): FastifyReply =>
  request.headers.accept === "application/json" ? reply.send(body) : reply.redirect("/", 303);

const toggle = ({ twilio, account }: World, preset: Preset): void => {
  if (preset.provider === "twilio") {
    const current = twilio.faults.current();
    if (preset.part === "requests") twilio.faults.set({ requests: toggled(current.requests, preset.rule) });
    else if (preset.part === "deliveries") twilio.faults.set({ deliveries: toggled(current.deliveries, preset.rule) });
    // Two outcomes at once make no sense: the last one switched on counts.
    else twilio.faults.set({ outcomes: isOn(current.outcomes, preset) ? [] : [preset.rule] });
    return;
  }
  const current = account.faults.current();
  if (preset.part === "requests") account.faults.set({ requests: toggled(current.requests, preset.rule) });
  else if (preset.part === "deliveries") account.faults.set({ deliveries: toggled(current.deliveries, preset.rule) });
  else account.faults.set({ outcomes: isOn(current.outcomes, preset) ? [] : [preset.rule] });
};

const acts = [
  "pay",
  "payByFallback",
  "cancelBillingRequest",
  "failPayment",
  "failAndRetry",
  "cancelPayment",
  "refundPayment",
  "refundHalf",
  "failRefund",
  "chargeBack",
  "cancelChargeBack",
  "advancePayment",
  "failMandate",
  "cancelMandate",
  "expireMandate",
  "transferMandate",
  "replaceMandate",
  "reinstateMandate",
  "removeCustomer",
  "pauseSubscription",
  "resumeSubscription",
  "collectNext",
] as const;

/** Does what a button asks. Returns what was not possible instead of throwing. */
const perform = ({ hands }: World, { do: asked, id = "" }: Form): string | undefined => {
  const act = acts.find((name) => name === asked);
  if (act === undefined) return "There is no such button.";
  try {
    hands[act](id);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const changing = ({ twilio, account, chat, mail }: World) => [twilio, account, chat, mail];

/** The page, its forms and its live feed, as a fastify plugin. */
export const sandboxRoutes =
  (world: World) =>
  async (app: FastifyInstance): Promise<void> => {
    await app.register(formbody);
    // Another site's page must not press our buttons.
    app.addHook("onRequest", async (request, reply) => {
      const site = request.headers["sec-fetch-site"];
      const foreign = site === "cross-site" || site === "same-site";
      if (request.method === "POST" && foreign) return reply.code(403).send({ message: "from another site" });
      return undefined;
    });
    serveAsset(app, "/sandbox/page.css", new URL("./page.css", import.meta.url));
    serveAsset(app, "/sandbox/page.js", new URL("./page.js", import.meta.url));

    app.get<{ Querystring: { phone?: string } }>("/", async (request, reply) =>
      reply.headers(pageHeaders).send(sandboxPage(world, request.query.phone).toString()),
    );

    app.post("/sandbox/chat", async (request, reply) => {
      await world.chat.hear(formOf(request).text ?? "");
      return answer(request, reply);
    });
    app.post("/sandbox/registrations", async (request, reply) => {
      const outcome = await world.chat.submit(formOf(request));
      return answer(request, reply, outcome.kind === "refused" ? { fields: outcome.fields } : {});
    });
    app.post("/sandbox/reply", async (request, reply) => {
      const { phone = "", sender = "", body = "" } = formOf(request);
      // Nobody waits for the webhook, as on a real phone.
      if (body.trim() !== "") void world.twilio.receive({ from: phone, to: sender, body });
      return answer(request, reply);
    });
    app.post("/sandbox/act", async (request, reply) => {
      const message = perform(world, formOf(request));
      return answer(request, reply, message === undefined ? {} : { message });
    });
    app.post("/sandbox/faults", async (request, reply) => {
      const { toggle: id, reset } = formOf(request);
      const preset = presets.find((one) => one.id === id);
      if (preset !== undefined) toggle(world, preset);
      if (reset !== undefined) {
        world.twilio.faults.reset();
        world.account.faults.reset();
      }
      return answer(request, reply);
    });

    app.get<{ Querystring: { phone?: string } }>("/sandbox/live", (request, reply) => {
      reply.hijack();
      const out = reply.raw;
      out.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      let pending: CancelTimer | undefined;
      let last = "";
      const send = () => {
        pending = undefined;
        const pieces = JSON.stringify(livePieces(world, request.query.phone));
        if (pieces === last) return;
        last = pieces;
        out.write(`event: pieces\ndata: ${pieces}\n\n`);
      };
      const soon = () => {
        pending ??= world.runtime.after(GATHER_MS, send);
      };
      const stopHeartbeat = world.runtime.every(HEARTBEAT_MS, () => out.write(": still here\n\n"));
      const subscriptions = changing(world).map(({ changes }) => changes.subscribe(soon));
      out.on("close", () => {
        stopHeartbeat();
        pending?.();
        for (const end of subscriptions) end();
      });
      send();
    });
  };
