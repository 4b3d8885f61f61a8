import type { EndRule } from "../gocardless/path.ts";
import type { DeliveryFault, RequestFault } from "../stand-in/faults.ts";
import type { OutcomeRule } from "../twilio/outcome.ts";

type Part =
  | { readonly provider: "twilio"; readonly part: "outcomes"; readonly rule: OutcomeRule }
  | { readonly provider: "gocardless"; readonly part: "outcomes"; readonly rule: EndRule }
  | { readonly provider: "twilio" | "gocardless"; readonly part: "requests"; readonly rule: RequestFault }
  | { readonly provider: "twilio" | "gocardless"; readonly part: "deliveries"; readonly rule: DeliveryFault };

/** A fault that the page offers as a switch. */
export type Preset = Part & { readonly id: string; readonly label: string };

/** The switches, in the order in which they are shown. */
export const presets: readonly Preset[] = [
  {
    id: "twilio-undelivered",
    label: "Texts do not reach the phone (30003)",
    provider: "twilio",
    part: "outcomes",
    rule: { status: "undelivered", errorCode: 30003 },
  },
  {
    id: "twilio-failed",
    label: "Texts fail: no such phone (30005)",
    provider: "twilio",
    part: "outcomes",
    rule: { status: "failed", errorCode: 30005 },
  },
  {
    id: "twilio-late",
    label: "Undelivered first, delivered 5 s later",
    provider: "twilio",
    part: "outcomes",
    rule: { status: "undelivered", errorCode: 30008, later: { status: "delivered", afterMs: 5_000 } },
  },
  {
    id: "twilio-silent",
    label: "No delivery report ever comes",
    provider: "twilio",
    part: "outcomes",
    rule: { status: "sent" },
  },
  {
    id: "twilio-timeout-accepted",
    label: "Takes the text but never answers",
    provider: "twilio",
    part: "requests",
    rule: { kind: "timeout", accepted: true, on: "messages.create" },
  },
  {
    id: "twilio-reset",
    label: "Drops the connection, text not taken",
    provider: "twilio",
    part: "requests",
    rule: { kind: "reset", accepted: false, on: "messages.create" },
  },
  {
    id: "twilio-busy",
    label: "Too many requests (429)",
    provider: "twilio",
    part: "requests",
    rule: { kind: "status", status: 429, retryAfterSeconds: 2, on: "messages.create" },
  },
  {
    id: "twilio-down",
    label: "Server error (500)",
    provider: "twilio",
    part: "requests",
    rule: { kind: "status", status: 500 },
  },
  {
    id: "twilio-drop",
    label: "Status callbacks are lost",
    provider: "twilio",
    part: "deliveries",
    rule: { kind: "drop" },
  },
  {
    id: "twilio-duplicate",
    label: "Status callbacks come twice",
    provider: "twilio",
    part: "deliveries",
    rule: { kind: "duplicate" },
  },
  {
    id: "gocardless-fails",
    label: "Payments fail",
    provider: "gocardless",
    part: "outcomes",
    rule: { status: "failed" },
  },
  {
    id: "gocardless-charged-back",
    label: "Payments are charged back",
    provider: "gocardless",
    part: "outcomes",
    rule: { status: "charged_back" },
  },
  {
    id: "gocardless-timeout-accepted",
    label: "Creates but never answers",
    provider: "gocardless",
    part: "requests",
    rule: { kind: "timeout", accepted: true, on: "billing_requests.create" },
  },
  {
    id: "gocardless-slow",
    label: "Answers after 3 s",
    provider: "gocardless",
    part: "requests",
    rule: { kind: "latency", ms: 3_000 },
  },
  {
    id: "gocardless-down",
    label: "Not available (503)",
    provider: "gocardless",
    part: "requests",
    rule: { kind: "status", status: 503 },
  },
  {
    id: "gocardless-html",
    label: "Answers with an HTML error page",
    provider: "gocardless",
    part: "requests",
    rule: { kind: "status", status: 502, body: "html" },
  },
  {
    id: "gocardless-drop",
    label: "Webhooks are lost",
    provider: "gocardless",
    part: "deliveries",
    rule: { kind: "drop" },
  },
  {
    id: "gocardless-duplicate",
    label: "Webhooks come twice",
    provider: "gocardless",
    part: "deliveries",
    rule: { kind: "duplicate" },
  },
];

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export const isOn = (rules: readonly unknown[], preset: Preset): boolean =>
  rules.some((rule) => same(rule, preset.rule));

/** The rules with the preset's rule added, or without it when it was there. */
export const toggled = <R>(rules: readonly R[], rule: R): R[] =>
  rules.some((one) => same(one, rule)) ? rules.filter((one) => !same(one, rule)) : [...rules, rule];
