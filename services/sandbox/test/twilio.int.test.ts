import { systemRuntime } from "@touchline/service";
import twilio from "twilio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTwilioStandIn, type TwilioOptions, type TwilioStandIn } from "../src/index.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const accountSid = "AC0123456789abcdef0123456789abcdef";
const authToken = "a-token";
const from = "+447700900999";
const to = "+447700900123";

let standIn: TwilioStandIn;
let receiver: Receiver;

const restart = async (options: Partial<TwilioOptions> = {}) => {
  await standIn?.stop();
  standIn = await startTwilioStandIn({ accountSid, authToken, publicUrl: receiver.url, ...options });
};

beforeEach(async () => {
  receiver = await startReceiver();
  await restart();
});

afterEach(async () => {
  await standIn.stop();
  await receiver.stop();
});

const client = (token = authToken, timeout = 20_000) => {
  const made = twilio(accountSid, token, { timeout });
  made.api.baseUrl = standIn.url;
  return made;
};

const text = (parameters: Record<string, unknown> = {}) =>
  client().messages.create({ to, from, body: "Hello", ...parameters });

const service = { from: undefined, messagingServiceSid: `MG${"0".repeat(32)}` };

const picture = "https://club.example/picture.png";

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);

const statuses = () => receiver.received.map((one) => new URLSearchParams(one.body).get("MessageStatus"));

const refusalOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code, status, message } = error as { code?: unknown; status?: number; message: string };
  return { code, status, message };
};

const raw = (path: string, init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {}) =>
  fetch(`${standIn.url}/2010-04-01/Accounts/${accountSid}${path}`, {
    ...init,
    headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`, ...init.headers },
  });

describe("creating a text", () => {
  it("answers with the resource, queued and not billed", async () => {
    await restart({ lifecycle: { sendingMs: 60_000 } });
    const response = await raw("/Messages.json", {
      method: "POST",
      body: new URLSearchParams({ To: to, From: from, Body: "Hello" }),
    });
    expect(response.status).toBe(201);
    const sid = standIn.messages[0]?.sid;
    expect(sid).toMatch(/^SM[0-9a-f]{32}$/);
    const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${sid}`;
    const rfc2822 = expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/) as string;
    expect(await response.json()).toEqual({
      account_sid: accountSid,
      api_version: "2010-04-01",
      body: "Hello",
      date_created: rfc2822,
      date_sent: null,
      date_updated: rfc2822,
      direction: "outbound-api",
      error_code: null,
      error_message: null,
      from,
      messaging_service_sid: null,
      num_media: "0",
      num_segments: "1",
      price: null,
      price_unit: "USD",
      sid,
      status: "queued",
      subresource_uris: { media: `${uri}/Media.json` },
      tags: null,
      to,
      uri: `${uri}.json`,
    });
  });

  it.each([
    ["a".repeat(160), "1"],
    ["a".repeat(161), "2"],
    [`${"a".repeat(159)}€`, "2"],
    ["ë".repeat(70), "1"],
    ["ë".repeat(71), "2"],
    ["a".repeat(1_600), "11"],
  ])("counts the segments of %s", async (body, segments) => {
    expect((await text({ body })).numSegments).toBe(segments);
  });

  it.each([
    ["an empty recipient", { to: "" }, 21604],
    ["no sender", { from: undefined }, 21603],
    ["no body", { body: undefined }, 21602],
    ["an empty body", { body: "" }, 21602],
    ["no body for a service", { ...service, body: undefined }, 21619],
    ["a picture without a URL", { mediaUrl: ["picture.png"] }, 21620],
    ["too many pictures", { mediaUrl: Array.from({ length: 11 }, () => picture) }, 21623],
    ["a body that is too long", { body: "a".repeat(1_601) }, 21617],
    ["a recipient as people write it", { to: "07700 900123" }, 21211],
    ["a recipient that is too short", { to: "+44770090" }, 21211],
    ["a landline", { to: "+441612345678" }, 21614],
    ["a country that is not permitted", { to: "+33612345678" }, 21408],
    ["a sender id that is too long", { from: "ABCDEFGHIJKL" }, 21212],
    ["a callback URL with an underscore", { statusCallback: "http://my_host/x" }, 21609],
    ["a relative callback URL", { statusCallback: "/webhooks" }, 21609],
    ["a callback URL that is too long", { statusCallback: `http://club.example/${"a".repeat(4_000)}` }, 21609],
    ["a validity period out of range", { validityPeriod: 36_001 }, 21624],
    ["a schedule without a time", { ...service, scheduleType: "fixed" }, 35111],
    ["a schedule without a service", { scheduleType: "fixed", sendAt: inMinutes(60) }, 35118],
    ["a schedule that is too soon", { ...service, scheduleType: "fixed", sendAt: inMinutes(14) }, 35114],
    ["a schedule that is too late", { ...service, scheduleType: "fixed", sendAt: inMinutes(51_000) }, 35114],
    ["an unknown kind of schedule", { ...service, scheduleType: "later", sendAt: inMinutes(60) }, 35126],
    ["a service that does not exist", { from: undefined, messagingServiceSid: "MG12" }, 21701],
    ["a text to its own sender", { to: from }, 21266],
    ["magic: not valid", { to: "+15005550001" }, 21211],
    ["magic: not routable", { to: "+15005550002" }, 21612],
    ["magic: not permitted", { to: "+15005550003" }, 21408],
    ["magic: opted out", { to: "+15005550004" }, 21610],
    ["magic: not a mobile", { to: "+15005550009" }, 21614],
    ["a number that has opted out", { to: "+447700900810" }, 21610],
    ["a number that is not valid", { to: "+447700900811" }, 21211],
    ["a number that is no mobile", { to: "+447700900814" }, 21614],
    ["magic: sender not valid", { from: "+15005550001" }, 21212],
    ["magic: sender not owned", { from: "+15005550007" }, 21606],
  ])("refuses %s", async (_name, parameters, code) => {
    expect(await refusalOf(text(parameters))).toMatchObject({ code, status: 400 });
    expect(standIn.messages).toEqual([]);
  });

  it("accepts pictures or a content template in place of a body", async () => {
    const pictures = await text({ body: undefined, mediaUrl: [picture, picture] });
    expect(pictures).toMatchObject({
      sid: expect.stringMatching(/^MM[0-9a-f]{32}$/) as string,
      body: "",
      numMedia: "2",
    });
    const template = await text({ body: undefined, contentSid: `HX${"0".repeat(32)}` });
    expect(template).toMatchObject({ body: "", numMedia: "0", numSegments: "1" });
    await standIn.settled();
    expect(standIn.messages.map((message) => message.status)).toEqual(["delivered", "delivered"]);
  });

  it("answers 429 when the queue is full", async () => {
    expect(await refusalOf(text({ from: "+15005550008" }))).toMatchObject({ code: 21611, status: 429 });
  });

  it("refuses senders that the account does not own", async () => {
    await restart({ senders: [from, "Touchline"] });
    expect((await text()).status).toBe("queued");
    expect((await text({ from: "Touchline" })).status).toBe("queued");
    expect(await refusalOf(text({ from: "+447700900555" }))).toMatchObject({ code: 21659 });
    expect(await refusalOf(text({ from: "Somebody" }))).toMatchObject({ code: 21606 });
  });

  it("refuses a wrong token, in the documented body", async () => {
    expect(await refusalOf(client("wrong").messages.create({ to, from, body: "x" }))).toMatchObject({
      code: 20003,
      status: 401,
    });
    const response = await raw("/Messages.json", { headers: { authorization: "" } });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      code: 20003,
      message: expect.any(String) as string,
      more_info: "https://www.twilio.com/docs/errors/20003",
      status: 401,
    });
  });

  it("refuses a method that a path does not have, and a path that does not exist, but first a wrong token", async () => {
    const ask = async (path: string, method: string, headers = {}) => {
      const response = await raw(path, { method, headers });
      const { code, status } = (await response.json()) as { code: number; status: number };
      expect(response.status).toBe(status);
      return code;
    };
    const unsigned = { authorization: "" };
    for (const [path, method, code] of [
      ["/Messages.json", "DELETE", 20004],
      ["/Messages.json", "PUT", 20004],
      [`/Messages/SM${"0".repeat(32)}.json`, "PATCH", 20004],
      ["/Calls.json", "GET", 20404],
      ["/Calls/Messages.json", "GET", 20404],
      ["/../../Nothing.json", "POST", 20404],
      ["/Messages/%zz.json", "GET", 20404],
      [`/Messages/${"S".repeat(200)}.json`, "GET", 20404],
    ] as const) {
      expect(await ask(path, method), path).toBe(code);
      expect(await ask(path, method, unsigned), path).toBe(20003);
    }
    expect(standIn.requests.map(({ operation }) => operation)).toContain("unknown");
  });

  it("refuses a request that is too large, in its own words", async () => {
    const response = await raw("/Messages.json", {
      method: "POST",
      body: new URLSearchParams({ To: to, From: from, Body: "a".repeat(1_100_000) }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 20001, status: 413 });
  });

  it("accepts only forms", async () => {
    const response = await raw("/Messages.json", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ To: to, From: from, Body: "Hello" }),
    });
    expect(await response.json()).toMatchObject({ code: 21604 });
  });

  it("lets a messaging service choose the sender later", async () => {
    await restart({ serviceSender: "+447700900777" });
    const created = await text(service);
    expect(created).toMatchObject({ status: "accepted", from: null, numSegments: "0" });
    await standIn.settled();
    expect(await client().messages(created.sid).fetch()).toMatchObject({
      status: "delivered",
      from: "+447700900777",
      numSegments: "1",
    });
    expect((await text({ ...service, from })).status).toBe("accepted");
  });
});

describe("the life of a text", () => {
  it("ends delivered, billed, with signed callbacks to the exact URL", async () => {
    const statusCallback = `${receiver.url}/webhooks/twilio/status?attempt=1&sms=a%20b#part`;
    const { sid } = await text({ statusCallback });
    await standIn.settled();
    expect(statuses()).toEqual(["sending", "sent", "delivered"]);
    for (const one of receiver.received) {
      expect(one.url).toBe("/webhooks/twilio/status?attempt=1&sms=a%20b");
      const params = Object.fromEntries(new URLSearchParams(one.body));
      expect(params).toMatchObject({ MessageSid: sid, SmsSid: sid, AccountSid: accountSid, From: from, To: to });
      const signature = String(one.headers["x-twilio-signature"]);
      expect(twilio.validateRequest(authToken, signature, `${receiver.url}${one.url}`, params)).toBe(true);
      expect(twilio.validateRequest("other", signature, `${receiver.url}${one.url}`, params)).toBe(false);
    }
    expect(new URLSearchParams(receiver.received[2]?.body).get("RawDlrDoneDate")).toMatch(/^\d{10}$/);
    const message = await client().messages(sid).fetch();
    expect(message).toMatchObject({ status: "delivered", price: "-0.04000", errorCode: null });
    expect(message.dateSent).toBeInstanceOf(Date);
  });

  it.each([
    ["undelivered", 30003, ["sending", "sent", "undelivered"]],
    ["failed", 30005, ["failed"]],
  ] as const)("can end %s", async (status, errorCode, expected) => {
    standIn.faults.set({ outcomes: [{ status, errorCode, times: 1 }] });
    const { sid } = await text({ statusCallback: receiver.url });
    await standIn.settled();
    expect(statuses()).toEqual(expected);
    expect(new URLSearchParams(receiver.received.at(-1)?.body).get("ErrorCode")).toBe(String(errorCode));
    expect(await client().messages(sid).fetch()).toMatchObject({ status, errorCode });
    expect((await text()).status).toBe("queued");
    await standIn.settled();
    expect(standIn.messages.at(-1)?.status).toBe("delivered");
  });

  it("can be delivered late, after undelivered", async () => {
    standIn.faults.set({
      outcomes: [{ status: "undelivered", errorCode: 30008, later: { status: "delivered", afterMs: 5 } }],
    });
    await text({ statusCallback: receiver.url });
    await standIn.settled();
    expect(statuses()).toEqual(["sending", "sent", "undelivered", "delivered"]);
  });

  it("can stay at a status, by recipient", async () => {
    standIn.faults.set({ outcomes: [{ status: "queued", on: to }, { status: "sent" }] });
    await text();
    await text({ to: "+447700900124" });
    await standIn.settled();
    expect(standIn.messages.map((message) => message.status)).toEqual(["queued", "sent"]);
    expect(standIn.messages[0]?.sentAt).toBeNull();
  });

  it("fails when its validity ends before it leaves", async () => {
    standIn.faults.set({ outcomes: [{ status: "queued" }] });
    const { sid } = await text({ statusCallback: receiver.url, validityPeriod: 1 });
    await standIn.settled();
    expect(statuses()).toEqual(["failed"]);
    expect(await client().messages(sid).fetch()).toMatchObject({ status: "failed", errorCode: 30036, dateSent: null });
  });

  it("can be scheduled, and is sent at its time", async () => {
    // A clock that leaps to whatever is more than a minute away.
    const system = systemRuntime();
    let aheadMs = 0;
    const now = () => new Date(Date.now() + aheadMs);
    const after: typeof system.after = (ms, work) => {
      const leapMs = ms > 60_000 ? ms : 0;
      return system.after(ms - leapMs, () => {
        aheadMs += leapMs;
        work();
      });
    };
    await restart({ runtime: { ...system, now, after } });
    const sendAt = inMinutes(30 * 24 * 60);
    const created = await text({ ...service, scheduleType: "fixed", sendAt, statusCallback: receiver.url });
    expect(created).toMatchObject({ status: "scheduled", from: null, numSegments: "0" });
    await standIn.settled();
    expect(statuses()).toEqual(["queued", "sending", "sent", "delivered"]);
    const { dateSent } = await client().messages(created.sid).fetch();
    expect(Math.abs(dateSent.getTime() - sendAt.getTime())).toBeLessThan(30_000);
  });

  it("can be cancelled while it is scheduled", async () => {
    const schedule = { scheduleType: "fixed", sendAt: inMinutes(60), statusCallback: receiver.url };
    const { sid } = await text({ ...service, ...schedule });
    expect((await client().messages(sid).update({ status: "canceled" })).status).toBe("canceled");
    await standIn.settled();
    expect(statuses()).toEqual(["canceled"]);
  });

  it("can be set by hand", async () => {
    standIn.faults.set({ outcomes: [{ status: "sent" }] });
    const { sid } = await text({ statusCallback: receiver.url });
    await standIn.settled();
    standIn.report(sid, "undelivered", 30006);
    await standIn.settled();
    expect(statuses()).toEqual(["sending", "sent", "undelivered"]);
  });
});

describe("callbacks", () => {
  it("are repeated a limited number of times while the answer is a server error", async () => {
    await restart({ lifecycle: { callbackRetriesMs: [1, 1, 1] } });
    standIn.faults.set({ outcomes: [{ status: "failed" }] });
    receiver.answer({ status: 503 });
    await text({ statusCallback: receiver.url });
    await standIn.settled();
    expect(statuses()).toEqual(["failed", "failed", "failed", "failed"]);
    expect(new Set(receiver.received.map((one) => one.headers["i-twilio-idempotency-token"])).size).toBe(1);
  });

  it("come once when they are refused", async () => {
    standIn.faults.set({ outcomes: [{ status: "failed" }] });
    receiver.answer({ status: 403 });
    await text({ statusCallback: receiver.url });
    await standIn.settled();
    expect(statuses()).toEqual(["failed"]);
  });

  it.each([
    ["drop", ["sending", "delivered"]],
    ["duplicate", ["sending", "sent", "sent", "delivered"]],
    ["reorder", ["sending", "delivered", "sent"]],
  ] as const)("can %s", async (kind, expected) => {
    standIn.faults.set({ deliveries: [{ kind, on: "sent" }] });
    await text({ statusCallback: receiver.url });
    await standIn.settled();
    expect(statuses()).toEqual(expected);
  });
});

describe("listing and updating", () => {
  it("the list may lack a new message for a while, although it can be fetched", async () => {
    await restart({ lifecycle: { listedMs: 60_000 } });
    const { sid } = await text({ body: "x" });
    expect(await client().messages.list()).toEqual([]);
    expect(await client().messages(sid).fetch()).toMatchObject({ sid });
  });

  it("filters by recipient and by the day sent, newest first", async () => {
    await text({ body: "one" });
    await text({ body: "other", to: "+447700900124" });
    await text({ body: "two" });
    await standIn.settled();
    standIn.faults.set({ outcomes: [{ status: "queued" }] });
    await text({ body: "not sent yet" });
    const bodies = async (filter: object) => (await client().messages.list(filter)).map((message) => message.body);
    expect(await bodies({ to })).toEqual(["not sent yet", "two", "one"]);
    const yesterday = new Date(Date.now() - 86_400_000);
    expect(await bodies({ to, dateSentAfter: yesterday })).toEqual(["two", "one"]);
    expect(await bodies({ to, dateSentBefore: yesterday })).toEqual([]);
    expect(await bodies({ from: "+447700900000" })).toEqual([]);
  });

  it("pages", async () => {
    for (let i = 0; i < 7; i += 1) await text({ body: `text ${i}` });
    const response = await raw("/Messages.json?PageSize=3");
    expect(await response.json()).toMatchObject({ page: 0, page_size: 3, start: 0, end: 2, previous_page_uri: null });
    const all = await client().messages.list({ pageSize: 3 });
    expect(all.map((message) => message.body)).toEqual([6, 5, 4, 3, 2, 1, 0].map((i) => `text ${i}`));
  });

  it("goes on after a page whose texts were deleted meanwhile", async () => {
    for (let i = 0; i < 5; i += 1) await text({ body: `text ${i}` });
    await standIn.settled();
    const first = await client().messages.page({ pageSize: 2 });
    for (const { sid } of first.instances) await client().messages(sid).remove();
    await client()
      .messages(standIn.messages[1]?.sid ?? "")
      .remove();
    await text({ body: "new" });
    expect((await first.nextPage())?.instances.map((message) => message.body)).toEqual(["text 2", "text 0"]);
    expect(await (await raw("/Messages.json?PageToken=PASM0")).json()).toMatchObject({
      messages: [],
      next_page_uri: null,
    });
  });

  it("deletes texts that have ended", async () => {
    const { sid } = await text();
    await standIn.settled();
    const deleted = await raw(`/Messages/${sid}.json`, { method: "DELETE" });
    expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
    expect(await refusalOf(client().messages(sid).fetch())).toMatchObject({ code: 20404 });
    expect(await refusalOf(client().messages(sid).remove())).toMatchObject({ code: 20404, status: 404 });
    expect(await client().messages.list()).toEqual([]);
    standIn.faults.set({ outcomes: [{ status: "sent" }] });
    const unfinished = await text();
    await standIn.settled();
    expect(await refusalOf(client().messages(unfinished.sid).remove())).toMatchObject({ code: 20009, status: 409 });
    expect(await client().messages(unfinished.sid).fetch()).toMatchObject({ status: "sent" });
  });

  it.each(["", "Body=other", "Status=sent", "Body=&Status=canceled"])("refuses the update %j", async (body) => {
    const { sid } = await text();
    await standIn.settled();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await raw(`/Messages/${sid}.json`, { method: "POST", headers, body });
    expect(await response.json()).toMatchObject({ code: 30400, status: 400 });
  });

  it("answers 404 for a text that does not exist", async () => {
    expect(
      await refusalOf(
        client()
          .messages(`SM${"0".repeat(32)}`)
          .fetch(),
      ),
    ).toMatchObject({ code: 20404, status: 404 });
    expect((await fetch(`${standIn.url}/2010-04-01/Accounts/AC1/Messages.json`)).status).toBe(401);
  });

  it("redacts texts that have ended, and cancels none that are not scheduled", async () => {
    const done = await text();
    await standIn.settled();
    expect((await client().messages(done.sid).update({ body: "" })).body).toBe("");
    standIn.faults.set({ outcomes: [{ status: "queued" }] });
    const waiting = await text();
    expect(await refusalOf(client().messages(waiting.sid).update({ body: "" }))).toMatchObject({ code: 20009 });
    for (const { sid } of [done, waiting]) {
      const refused = await refusalOf(client().messages(sid).update({ status: "canceled" }));
      expect(refused).toMatchObject({ code: 30409, status: 409 });
    }
  });
});

describe("incoming texts", () => {
  it("come by a signed post", async () => {
    await standIn.receive({ from: to, to: from, body: "Hello?" });
    const [one] = receiver.received;
    expect(one?.url).toBe("/webhooks/twilio/inbound");
    const params = Object.fromEntries(new URLSearchParams(one?.body));
    expect(params).toMatchObject({ From: to, To: from, Body: "Hello?", SmsStatus: "received", NumMedia: "0" });
    const signature = String(one?.headers["x-twilio-signature"]);
    expect(twilio.validateRequest(authToken, signature, `${receiver.url}/webhooks/twilio/inbound`, params)).toBe(true);
  });

  it("stop further texts with STOP, and allow them again with START", async () => {
    await standIn.receive({ from: to, to: from, body: " stop " });
    expect(await refusalOf(text())).toMatchObject({ code: 21610, status: 400 });
    expect((await text({ to: "+447700900124" })).status).toBe("queued");
    await standIn.receive({ from: to, to: from, body: "START" });
    expect((await text()).status).toBe("queued");
  });

  it("stop those of a messaging service by the number that it sends from", async () => {
    await restart({ serviceSender: from });
    await standIn.receive({ from: to, to: from, body: "STOP" });
    expect(await refusalOf(text(service))).toMatchObject({ code: 21610 });
  });

  it("send the TwiML answer back", async () => {
    receiver.answer({ status: 200, body: "<Response><Message>Thanks &amp; bye</Message></Response>" });
    await standIn.receive({ from: to, to: from, body: "Hello?" });
    expect(standIn.messages.at(-1)).toMatchObject({ direction: "outbound-reply", to, from, body: "Thanks & bye" });
  });

  it("never reach an alphanumeric sender", async () => {
    expect(await standIn.receive({ from: to, to: "Touchline", body: "STOP" })).toBeUndefined();
    expect(receiver.received).toEqual([]);
  });
});

describe("faults", () => {
  const send = () => client().messages.create({ to, from, body: "x" });

  it.each([true, false])("never answers (accepted anyway: %s)", async (accepted) => {
    standIn.faults.set({ requests: [{ kind: "timeout", accepted, times: 1 }] });
    const impatient = client(authToken, 250).messages.create({ to, from, body: "x" });
    await expect(impatient).rejects.toMatchObject({ code: "ECONNABORTED" });
    await expect.poll(() => standIn.requests.length, { timeout: 20_000 }).toBe(1);
    expect(standIn.messages).toHaveLength(accepted ? 1 : 0);
    expect(standIn.requests).toMatchObject([{ operation: "messages.create", fault: { kind: "timeout", accepted } }]);
    expect((await send()).status).toBe("queued");
  });

  it.each([true, false])("resets (accepted anyway: %s)", async (accepted) => {
    standIn.faults.set({ requests: [{ kind: "reset", accepted, times: 1 }] });
    await expect(send()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(standIn.messages).toHaveLength(accepted ? 1 : 0);
  });

  it("says 429 with Retry-After, 503, and HTML", async () => {
    standIn.faults.set({
      requests: [
        { kind: "status", status: 429, retryAfterSeconds: 7, times: 1 },
        { kind: "status", status: 503, times: 1 },
        { kind: "status", status: 502, body: "html", times: 1, accepted: true },
      ],
    });
    const limited = await raw("/Messages.json", { method: "POST" });
    expect(limited.headers.get("retry-after")).toBe("7");
    expect(await limited.json()).toMatchObject({ code: 20429, status: 429 });
    expect(await refusalOf(send())).toMatchObject({ code: 20503, status: 503 });
    expect(await refusalOf(send())).toMatchObject({ status: 502 });
    expect(standIn.messages).toHaveLength(1);
  });

  it("words an error by RFC 9457", async () => {
    const problem = { kind: "status", status: 503, body: "problem", times: 1 } as const;
    standIn.faults.set({ requests: [problem, problem] });
    const response = await raw("/Messages.json", { method: "POST" });
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    const { title } = (await response.json()) as { title: string };
    await expect(send()).rejects.toMatchObject({
      type: "https://www.twilio.com/docs/errors/20503",
      title,
      status: 503,
      code: 20503,
      detail: title,
    });
  });

  it("forces an error code for the next few texts", async () => {
    standIn.faults.set({ requests: [{ kind: "error", code: 21610, times: 2, on: "messages.create" }] });
    expect(await refusalOf(send())).toMatchObject({ code: 21610 });
    expect(await client().messages.list()).toEqual([]);
    expect(await refusalOf(send())).toMatchObject({ code: 21610 });
    expect((await send()).status).toBe("queued");
  });

  it("are set by HTTP, and a misspelt one is refused", async () => {
    const control = (body: unknown) =>
      fetch(`${standIn.url}/control/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const requests = [{ kind: "latency", ms: 1 }];
    expect((await control({ twilio: { requests } })).status).toBe(200);
    expect(standIn.faults.current().requests).toEqual(requests);
    expect((await control({ twilio: { requests: [{ kind: "timeout" }] } })).status).toBe(400);
    expect((await control({ twilio: { reqeusts: [] } })).status).toBe(400);
    expect((await control({ gocardless: {} })).status).toBe(400);
    await fetch(`${standIn.url}/control/faults`, { method: "DELETE" });
    expect(standIn.faults.current().requests).toEqual([]);
  });
});
