import type { BoardSpec, Query } from "./board.ts";
import { eventPipeline, serviceHealth } from "./boards-machine.ts";

const rate = (metric: string, by: string, labels = "") =>
  `sum by (${by}) (rate(${metric}{${labels}}[$__rate_interval]))`;
const count = (metric: string, by: string, labels = "") => `sum by (${by}) (increase(${metric}{${labels}}[$__range]))`;
const quantile = (q: number, metric: string, by: string, labels = ""): string =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket{${labels}}[$__rate_interval])))`;

const reached = (stage: string): Query => [
  `sum(increase(touchline_journey_total{stage="${stage}"}[$__range])) or vector(0)`,
  stage,
];

const journey: BoardSpec = {
  uid: "touchline-journey",
  title: "Journey",
  about: "How far registrations come, and how fast: registered, token, text accepted, delivered, link opened, paid.",
  rows: [
    {
      title: "How far",
      panels: [
        {
          title: "Funnel",
          about:
            "Registrations that reached each step in the time shown. A step counts when it happens, so late payers count late.",
          unit: "short",
          runbook: "texts-late",
          as: "bars",
          queries: ["registered", "token", "accepted", "delivered", "opened", "paid"].map(reached),
        },
        {
          title: "Steps over time",
          about:
            "How many registrations reach each step. Where two lines diverge, registrations stop between those steps.",
          unit: "short",
          runbook: "texts-late",
          queries: [["sum by (stage) (increase(touchline_journey_total[$__rate_interval]))", "{{stage}}"]],
        },
      ],
    },
    {
      title: "How fast",
      panels: [
        {
          title: "Time to each step, median",
          about: "Time since the registration. Half of the registrations were faster.",
          unit: "s",
          runbook: "texts-late",
          queries: [[quantile(0.5, "touchline_journey_seconds", "stage"), "{{stage}}"]],
        },
        {
          title: "Time to the text, 95 %",
          about:
            "From the registration until Twilio has the text, and until the phone has it. The aim for Twilio is 10 s.",
          unit: "s",
          runbook: "texts-late",
          queries: [[quantile(0.95, "touchline_journey_seconds", "stage", 'stage=~"accepted|delivered"'), "{{stage}}"]],
        },
        {
          title: "Late texts",
          about:
            "Share of registrations whose text was not at Twilio within 10 s. Above 5 % the month's budget shrinks.",
          unit: "percentunit",
          runbook: "texts-late",
          queries: [
            ["touchline:texts_late:ratio_1h", "1 h"],
            ["touchline:texts_late:ratio_6h", "6 h"],
          ],
        },
        {
          title: "Submitted",
          about:
            "What the chat submitted, by gRPC or NATS, and the result. The parent corrects a refusal, the gateway a conflict.",
          unit: "short",
          runbook: "intake-failing",
          as: "stacked",
          queries: [
            ["sum by (via, result) (increase(touchline_intake_total[$__rate_interval]))", "{{via}} {{result}}"],
          ],
        },
      ],
    },
  ],
};

const texts: BoardSpec = {
  uid: "touchline-texts",
  title: "Texts",
  about: "What is sent, how it ended, and what it costs.",
  rows: [
    {
      title: "Sending",
      panels: [
        {
          title: "Attempts by outcome",
          about: "Calls to Twilio. Unknown: nobody knows whether Twilio took the text; evidence will decide.",
          unit: "short",
          runbook: "texts-unknown",
          as: "stacked",
          queries: [["sum by (outcome) (increase(touchline_sms_attempts_total[$__rate_interval]))", "{{outcome}}"]],
        },
        {
          title: "Refusals by code",
          about: "Twilio's error codes; docs.twilio.com explains each.",
          unit: "short",
          runbook: "texts-held",
          queries: [
            [
              'sum by (code) (increase(touchline_sms_attempts_total{outcome!="accepted"}[$__rate_interval]))',
              "{{code}}",
            ],
          ],
        },
        {
          title: "Twilio's answer time, 95 %",
          about: "How long an attempt waits for Twilio. At SMS_TIMEOUT_SECONDS its outcome is unknown.",
          unit: "s",
          runbook: "texts-unknown",
          queries: [[quantile(0.95, "touchline_sms_twilio_seconds", "outcome"), "{{outcome}}"]],
        },
        {
          title: "Waiting",
          about: "Texts waiting for their turn, a retry or the morning, and attempts whose outcome is unknown.",
          unit: "short",
          runbook: "texts-held",
          queries: [
            ["max(touchline_sms_waiting)", "to be sent"],
            ["max(touchline_sms_unknown)", "outcome unknown"],
          ],
        },
        {
          title: "Held back",
          about: "1 while sending is held back. rate: one of Twilio's limits. configuration: somebody must fix it.",
          unit: "short",
          runbook: "texts-held",
          queries: [["max by (reason) (touchline_sms_held)", "{{reason}}"]],
        },
        {
          title: "Texts by status",
          about: "All texts that the service knows, by their current status.",
          unit: "short",
          runbook: "texts-undelivered",
          as: "bars",
          queries: [["max by (status) (touchline_sms_texts)", "{{status}}"]],
        },
      ],
    },
    {
      title: "Arriving",
      panels: [
        {
          title: "How texts ended",
          about: "Final states in the time shown.",
          unit: "short",
          runbook: "texts-undelivered",
          as: "bars",
          queries: [[count("touchline_sms_ended_total", "state"), "{{state}}"]],
        },
        {
          title: "Reports by status and code",
          about: "Twilio's reports. 30003 and 30005: phones that are off or wrong numbers; 30007: filtered as spam.",
          unit: "short",
          runbook: "texts-undelivered",
          queries: [
            ["sum by (status, code) (increase(touchline_sms_reports_total[$__rate_interval]))", "{{status}} {{code}}"],
          ],
        },
        {
          title: "Segments",
          about: "Twilio charges by segment. UCS-2 texts need two to three times as many.",
          unit: "short",
          runbook: "texts-undelivered",
          as: "stacked",
          queries: [
            [
              "sum by (purpose, encoding) (increase(touchline_sms_segments_total[$__rate_interval]))",
              "{{purpose}} {{encoding}}",
            ],
          ],
        },
        {
          title: "Cost",
          about: "What texts cost according to Twilio, in the time shown, in whole units of the currency.",
          unit: "short",
          runbook: "texts-undelivered",
          as: "number",
          width: 6,
          queries: [[count("touchline_sms_cost_total", "currency"), "{{currency}}"]],
        },
        {
          title: "E-mails to parents",
          about: "Attempts to e-mail parents whom no text reaches. later is tried again; unknown is not.",
          unit: "short",
          runbook: "emails-failing",
          as: "stacked",
          queries: [["sum by (outcome) (increase(touchline_emails_total[$__rate_interval]))", "{{outcome}}"]],
        },
        {
          title: "Digests",
          about: "Morning e-mails to the secretary and the managers, in the time shown.",
          unit: "short",
          runbook: "emails-failing",
          as: "bars",
          queries: [[count("touchline_digests_total", "outcome"), "{{outcome}}"]],
        },
        {
          title: "Texted twice",
          about: "Texts for which Twilio took more than one message. Must stay 0.",
          unit: "short",
          runbook: "text-twice",
          as: "number",
          width: 6,
          queries: [["sum(increase(touchline_sms_duplicates_total[$__range]))", "texts"]],
        },
      ],
    },
  ],
};

const links: BoardSpec = {
  uid: "touchline-links",
  title: "Links and payments",
  about: "Taps, the pages they lead to, and the money.",
  rows: [
    {
      title: "Taps",
      panels: [
        {
          title: "Taps by outcome",
          about:
            "new_flow and reused_flow led to GoCardless's page. try_again is an error; that page reloads by itself.",
          unit: "short",
          runbook: "taps-failing",
          as: "stacked",
          queries: [
            ["sum by (outcome) (increase(touchline_payment_link_taps_total[$__rate_interval]))", "{{outcome}}"],
          ],
        },
        {
          title: "Time of a tap, 99 %",
          about: "own: without the time that GoCardless takes; the aim is 250 ms.",
          unit: "s",
          runbook: "taps-slow",
          queries: [
            [quantile(0.99, "touchline_payment_link_tap_own_seconds", ""), "own"],
            [quantile(0.99, "touchline_payment_link_tap_seconds", ""), "with GoCardless"],
          ],
        },
        {
          title: "Calls to GoCardless by outcome",
          about: "not_tried: GoCardless is considered down, so it is only probed.",
          unit: "ops",
          runbook: "gocardless-failing",
          as: "stacked",
          queries: [[rate("touchline_gocardless_calls_total", "outcome"), "{{outcome}}"]],
        },
        {
          title: "GoCardless's answer time, 95 %",
          about: "By operation.",
          unit: "s",
          runbook: "gocardless-failing",
          queries: [[quantile(0.95, "touchline_gocardless_call_seconds", "operation"), "{{operation}}"]],
        },
      ],
    },
    {
      title: "Money",
      panels: [
        {
          title: "Tokens",
          about: "Completed registrations, by what GoCardless made of them.",
          unit: "short",
          runbook: "tokens-refused",
          as: "stacked",
          queries: [["sum by (outcome) (increase(touchline_payment_tokens_total[$__rate_interval]))", "{{outcome}}"]],
        },
        {
          title: "Payment status changes",
          about: "Links whose payment status changed, by the new status. failed and charged_back open the link again.",
          unit: "short",
          runbook: "webhooks-missing",
          as: "stacked",
          queries: [["sum by (status) (increase(touchline_payment_status_total[$__rate_interval]))", "{{status}}"]],
        },
        {
          title: "GoCardless's events",
          about: "By result, and whether they came by webhook or by polling.",
          unit: "short",
          runbook: "webhooks-missing",
          queries: [
            [
              "sum by (via, result) (increase(touchline_provider_events_total[$__rate_interval]))",
              "{{via}} {{result}}",
            ],
          ],
        },
        {
          title: "Follow-ups at GoCardless",
          about: "Subscriptions, cancellations and new billing requests that follow from events.",
          unit: "short",
          runbook: "dead-letters",
          queries: [
            [
              "sum by (step, outcome) (increase(touchline_payment_follow_ups_total[$__rate_interval]))",
              "{{step}} {{outcome}}",
            ],
          ],
        },
      ],
    },
  ],
};

/** File name without `.json` → dashboard. */
export const boards: Readonly<Record<string, BoardSpec>> = {
  journey,
  texts,
  "links-and-payments": links,
  "event-pipeline": eventPipeline,
  "service-health": serviceHealth,
};
