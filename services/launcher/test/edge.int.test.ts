import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger } from "@touchline/service";
import { afterEach, expect, test } from "vitest";
import { createEdge } from "../src/edge/edge.ts";

const log = createLogger("test", "silent");
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A service that answers with the request it received. */
const echo = async (name: string) => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name, method, url, headers, body: Buffer.concat(chunks).toString("latin1") }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const edge = async (options: { trustProxy?: string; paymentLink?: string } = {}) => {
  const app = await createEdge({
    log,
    notification: await echo("notification"),
    paymentLink: options.paymentLink ?? (await echo("payment-link")),
    trustProxy: options.trustProxy,
    club: { name: "Tigers <FC>", contact: "treasurer@tigers.example" },
  });
  closers.push(() => app.close());
  return app.listen({ host: "127.0.0.1", port: 0 });
};

test.each([
  ["GET", "/reg_setup/BRQ0001ABC?x=1", "payment-link"],
  ["POST", "/reg_setup/BRQ0001ABC/continue", "payment-link"],
  ["POST", "/reg_setup/BRQ0001ABC/stop", "payment-link"],
  ["POST", "/webhooks/gocardless", "payment-link"],
  ["POST", "/webhooks/twilio/status?attempt=a%20b", "notification"],
  ["POST", "/webhooks/twilio/inbound", "notification"],
])("%s %s goes to %s, path and query untouched", async (method, path, name) => {
  const base = await edge();
  expect(await (await fetch(base + path, { method })).json()).toMatchObject({ name, method, url: path });
});

test("a signed body arrives byte for byte", async () => {
  const base = await edge();
  const body = '{"events":[ ],  "é":1}\n';
  const answer = await fetch(`${base}/webhooks/gocardless`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", "webhook-signature": "abc" },
  });
  const echoed = (await answer.json()) as { body: string; headers: Record<string, string> };
  expect(Buffer.from(echoed.body, "latin1").toString()).toBe(body);
  expect(echoed.headers["webhook-signature"]).toBe("abc");
});

test("nothing else is public", async () => {
  const base = await edge();
  for (const path of ["/", "/metrics", "/health/ready", "/admin", "/webhooks", "/webhooks/other"]) {
    expect((await fetch(base + path)).status, path).toBe(404);
  }
});

test.each([
  "/reg_setup/../metrics",
  "/reg_setup/%2e%2e/metrics",
  "/reg_setup/..%2fmetrics",
  "/reg_setup/x/../../metrics",
  "//evil/metrics",
])("%s does not climb out of what is public", async (path) => {
  const { hostname, port } = new URL(await edge());
  // fetch would normalise the path before sending it.
  const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    get({ hostname, port, path }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }));
    }).on("error", reject);
  });
  const reached = answer.status === 200 ? (JSON.parse(answer.body) as { url: string }).url : "/reg_setup/refused";
  expect(reached).toMatch(/^\/reg_setup\//);
  expect(new URL(reached, "http://x").pathname).toMatch(/^\/reg_setup\//);
});

test.each(["/reg_setup/%zz", `/reg_setup/${"A".repeat(300)}`, "/reg_setup/<b>", "/reg_setup/..%2fhealth"])(
  "%s is answered like a link that nobody knows",
  async (path) => {
    const base = await edge();
    expect(await (await fetch(base + path)).json()).toMatchObject({ name: "payment-link", url: "/reg_setup/-" });
  },
);

test("a service that answers 503 is asked only once, so a tap counts once", async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.writeHead(503, { "retry-after": "5" }).end("later");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const base = await edge({ paymentLink: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const answer = await fetch(`${base}/reg_setup/BRQ0001ABC`);
  expect([answer.status, answer.headers.get("retry-after"), await answer.text(), asked]).toEqual([
    503,
    "5",
    "later",
    1,
  ]);
});

test("a client's claim about its address is ignored, unless a trusted proxy reports it", async () => {
  const claim = { headers: { "x-forwarded-for": "203.0.113.9" } };
  const seen = async (base: string) => {
    const { headers } = (await (await fetch(`${base}/reg_setup/x`, claim)).json()) as {
      headers: Record<string, string>;
    };
    return headers["x-forwarded-for"];
  };
  expect(await seen(await edge())).toBe("127.0.0.1");
  expect(await seen(await edge({ trustProxy: "loopback" }))).toBe("203.0.113.9");
});

test("while a service is away, parents get a page that tries again and providers a 503", async () => {
  const base = await edge({ paymentLink: "http://127.0.0.1:1" });
  const page = await fetch(`${base}/reg_setup/BRQ0001ABC`);
  expect([page.status, page.headers.get("retry-after"), page.headers.get("cache-control")]).toEqual([
    503,
    "5",
    "no-store",
  ]);
  const html = await page.text();
  expect(html).toContain("Tigers &lt;FC&gt;");
  expect(html).toContain("treasurer@tigers.example");
  expect(page.headers.get("refresh")).toBe("5");
  expect([page.headers.get("referrer-policy"), page.headers.get("x-robots-tag")]).toEqual([
    "no-referrer",
    "noindex, nofollow",
  ]);
  const webhook = await fetch(`${base}/webhooks/gocardless`, { method: "POST", body: "{}" });
  expect([webhook.status, await webhook.text()]).toEqual([503, "Try again\n"]);
});
