import { expect, test } from "vitest";
import { pageHosts } from "./page-hosts.ts";

const live = pageHosts({ hosts: ["pay.gocardless.com"], plainHttp: false });

test("allows GoCardless's own pages over TLS, and no look-alikes", () => {
  expect(live.allows("https://pay.gocardless.com/billing/static/flow?id=BRF1")).toBe(true);
  expect(live.allows("HTTPS://PAY.GoCardless.com:443/flow")).toBe(true);
  for (const url of [
    "http://pay.gocardless.com/flow",
    "https://pay.gocardless.com.evil.example/flow",
    "https://evil.example/pay.gocardless.com",
    "https://pay.gocardless.com@evil.example/",
    "https://user:pass@pay.gocardless.com/",
    "https://pay-sandbox.gocardless.com/flow",
    "https://pay.gocardless.com:8443/flow",
    "https://pay.gocardless.com./flow",
    "https://PAY.gocardless.com.evil.example/flow",
    "https://pay.gocardle\u0455s.com/flow",
    "https://evil.example\\@pay.gocardless.com/",
    "https:\\\\evil.example/pay.gocardless.com",
    "ftp://pay.gocardless.com/flow",
    "data:text/html,pay.gocardless.com",
    "javascript:alert(1)",
    "//pay.gocardless.com/flow",
    "",
  ]) {
    expect(live.allows(url), url).toBe(false);
  }
});

test("allows a stand-in on this machine under any of its names, on any port unless one is given", () => {
  const local = pageHosts({ hosts: ["127.0.0.1", "pay.gocardless.com"], plainHttp: true });
  expect(local.allows("https://pay.gocardless.com/flow")).toBe(true);
  expect(local.allows("http://pay.gocardless.com/flow")).toBe(false);
  expect(local.allows("http://127.0.0.1:4010/flow")).toBe(true);
  expect(local.allows("http://localhost:4011/flow")).toBe(true);
  expect(local.allows("http://192.0.2.1:4010/flow")).toBe(false);
  const port = pageHosts({ hosts: ["pay.example:8443"], plainHttp: false });
  expect(port.allows("https://pay.example:8443/flow")).toBe(true);
  expect(port.allows("https://pay.example/flow")).toBe(false);
});
