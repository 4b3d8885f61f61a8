import { createHash, timingSafeEqual } from "node:crypto";
import formbody from "@fastify/formbody";
import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import { type Answer, send } from "../stand-in/answer.ts";
import { behindFaults, type Gate } from "../stand-in/operation.ts";
import { twilioError, twilioProblem, twilioStatusBody } from "./errors.ts";
import { listPage, pageUri } from "./list.ts";
import { type Message, toResource } from "./message.ts";
import type { Twilio } from "./twilio.ts";
import { type Form, isRefusal, validateCreate } from "./validate.ts";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

const isAuthorized = (twilio: Twilio, header: string | undefined): boolean => {
  const credentials = Buffer.from(/^Basic (.+)$/i.exec(header ?? "")?.[1] ?? "", "base64").toString("utf8");
  return timingSafeEqual(digest(credentials), digest(`${twilio.accountSid}:${twilio.authToken}`));
};

/** Form or query parameters; of a repeated one the first counts. */
const asForm = (source: unknown): Form =>
  Object.fromEntries(
    Object.entries((source ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      String(Array.isArray(value) ? value[0] : value),
    ]),
  );

/** A path that exists, whatever the method. */
const isMessages = (path: string): boolean => /^\/2010-04-01\/Accounts\/[^/]+\/Messages(?:\/[^/]+)?\.json$/.test(path);

const pathOf = (request: FastifyRequest): string => request.url.split("?", 1)[0] ?? request.url;

const create = (twilio: Twilio, request: FastifyRequest): Answer => {
  const { MediaUrl: media = [] } = (request.body ?? {}) as { MediaUrl?: string | string[] };
  const checked = validateCreate(asForm(request.body), [media].flat(), {
    senders: twilio.senders,
    isSuppressed: (sender, recipient) => twilio.isSuppressed(sender, recipient),
    now: twilio.now(),
  });
  if (isRefusal(checked)) return twilioError(checked.code, checked.detail);
  return { status: 201, body: toResource(twilio.create(checked), twilio.accountSid) };
};

const list = (twilio: Twilio, request: FastifyRequest): Answer => {
  const query = asForm(request.query);
  const path = pathOf(request);
  const listedUntilMs = twilio.now().getTime() - twilio.lifecycle.listedMs;
  const listed = twilio.messages.newest().filter(({ createdAt }) => Date.parse(createdAt) <= listedUntilMs);
  const page = listPage(listed, query, (sid) => twilio.placeOf(sid));
  const uri = (number: number, token?: string) => pageUri(path, query, number, page.pageSize, token);
  return {
    status: 200,
    body: {
      first_page_uri: uri(0),
      end: page.start + Math.max(page.messages.length - 1, 0),
      previous_page_uri: page.page > 0 ? uri(page.page - 1) : null,
      messages: page.messages.map((message) => toResource(message, twilio.accountSid)),
      uri: uri(page.page, query.PageToken),
      page_size: page.pageSize,
      start: page.start,
      next_page_uri: page.nextToken === undefined ? null : uri(page.page + 1, page.nextToken),
      page: page.page,
    },
  };
};

const update = (twilio: Twilio, request: FastifyRequest, message: Message): Answer => {
  const { Body: body, Status: status } = asForm(request.body);
  const redacts = body === "" && status === undefined;
  const cancels = body === undefined && status === "canceled";
  if (!redacts && !cancels) return twilioError(30400);
  const updated = redacts ? twilio.redact(message) : twilio.cancel(message);
  if (updated === undefined) return twilioError(redacts ? 20009 : 30409);
  return { status: 200, body: toResource(updated, twilio.accountSid) };
};

const remove = (twilio: Twilio, message: Message): Answer =>
  twilio.remove(message) ? { status: 204 } : twilioError(20009);

/** Twilio reads forms only; any other body is ignored. */
const readForms = async (app: FastifyInstance): Promise<void> => {
  await app.register(formbody);
  app.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume();
    payload.on("end", () => done(null, {}));
  });
  app.removeContentTypeParser("application/json");
  app.setErrorHandler<FastifyError>(({ statusCode: status = 500, message }, _request, reply) =>
    send(reply, { status, body: twilioStatusBody(status, message) }),
  );
};

const gateOf = (twilio: Twilio): Gate => ({
  log: twilio.log,
  scheduler: twilio.scheduler,
  now: twilio.now,
  wording: {
    status: (status) => twilioStatusBody(status),
    problem: (status) => twilioProblem(twilioStatusBody(status)),
    error: (code) => twilioError(Number(code), "forced by the sandbox"),
  },
  draw: (operation) => twilio.faults.drawRequest(operation),
});

/** The Messages API of one account, as a fastify plugin. */
export const twilioRoutes =
  (twilio: Twilio) =>
  async (app: FastifyInstance): Promise<void> => {
    await readForms(app);
    const gate = gateOf(twilio);
    type Params = { account: string; file?: string };
    const operation = (name: string, work: (request: FastifyRequest) => Answer) =>
      behindFaults(gate, name, (request) => {
        if (!isAuthorized(twilio, request.headers.authorization)) return twilioError(20003);
        const { account } = request.params as Params;
        return account === twilio.accountSid ? work(request) : twilioError(20404, pathOf(request));
      });
    const onMessage = (work: (request: FastifyRequest, message: Message) => Answer) => (request: FastifyRequest) => {
      const { file } = request.params as Params;
      const message = twilio.messages.get(file?.replace(/\.json$/, "") ?? "");
      return message === undefined ? twilioError(20404, pathOf(request)) : work(request, message);
    };

    const root = "/2010-04-01/Accounts/:account";
    app.post(
      `${root}/Messages.json`,
      operation("messages.create", (request) => create(twilio, request)),
    );
    app.get(
      `${root}/Messages.json`,
      operation("messages.list", (request) => list(twilio, request)),
    );
    app.get(
      `${root}/Messages/:file`,
      operation(
        "messages.fetch",
        onMessage((_request, message) => ({ status: 200, body: toResource(message, twilio.accountSid) })),
      ),
    );
    app.post(
      `${root}/Messages/:file`,
      operation(
        "messages.update",
        onMessage((request, message) => update(twilio, request, message)),
      ),
    );
    app.delete(
      `${root}/Messages/:file`,
      operation(
        "messages.remove",
        onMessage((_request, message) => remove(twilio, message)),
      ),
    );
    const unknown = operation("unknown", (request) =>
      isMessages(pathOf(request)) ? twilioError(20004) : twilioError(20404, pathOf(request)),
    );
    app.all(`${root}/*`, unknown);
    app.all("/2010-04-01/*", unknown);
  };
