import type { BoardSpec } from "./board.ts";

const p99 = (metric: string, by: string, labels = ""): string =>
  `histogram_quantile(0.99, sum by (le, ${by}) (rate(${metric}_bucket{${labels}}[$__rate_interval])))`;

export const eventPipeline: BoardSpec = {
  uid: "touchline-pipeline",
  title: "Event pipeline",
  about: "From the append to the view: event store, relay, consumers, projections.",
  rows: [
    {
      title: "Event store and relay",
      panels: [
        {
          title: "Appends and reads, 99 %",
          about: "How long the event store's calls take, as services see it.",
          unit: "s",
          runbook: "event-store-failing",
          queries: [[p99("touchline_event_store_seconds", "operation"), "{{operation}}"]],
        },
        {
          title: "Calls by outcome",
          about:
            "conflict: another process appended first, and the decision is made again. failed: the store did not append.",
          unit: "ops",
          runbook: "event-store-failing",
          as: "stacked",
          queries: [
            [
              "sum by (operation, outcome) (rate(touchline_event_store_seconds_count[$__rate_interval]))",
              "{{operation}} {{outcome}}",
            ],
          ],
        },
        {
          title: "Relay: lag",
          about: "Age of the oldest event that NATS does not have yet.",
          unit: "s",
          runbook: "relay-behind",
          queries: [["max(touchline_relay_lag_seconds)", "lag"]],
        },
        {
          title: "Relay: events by type",
          about: "Events as they are relayed.",
          unit: "ops",
          runbook: "relay-behind",
          as: "stacked",
          queries: [["sum by (type) (rate(touchline_relay_events_total[$__rate_interval]))", "{{type}}"]],
        },
      ],
    },
    {
      title: "Consumers",
      panels: [
        {
          title: "Waiting",
          about: "Messages not yet delivered to their consumer.",
          unit: "short",
          runbook: "consumer-behind",
          queries: [["max by (durable) (touchline_consumer_pending)", "{{durable}}"]],
        },
        {
          title: "In flight, and redelivered",
          about: "Messages being handled. A redelivered one waits for something that is down.",
          unit: "short",
          runbook: "consumer-behind",
          queries: [
            ["max by (durable) (touchline_consumer_unacknowledged)", "{{durable}} in flight"],
            ["max by (durable) (touchline_consumer_redelivered)", "{{durable}} redelivered"],
          ],
        },
        {
          title: "Dead letters",
          about: "Messages that wait for an operator.",
          unit: "short",
          runbook: "dead-letters",
          as: "number",
          width: 6,
          queries: [['max(touchline_stream_messages{stream="DEAD_LETTERS"})', "parked"]],
        },
        {
          title: "Size of the streams",
          about: "EVENTS stops growing at its limit: the oldest messages are dropped.",
          unit: "bytes",
          runbook: "relay-behind",
          width: 18,
          queries: [["max by (stream) (touchline_stream_bytes)", "{{stream}}"]],
        },
      ],
    },
    {
      title: "Views",
      panels: [
        {
          title: "Lag of the views",
          about: "Age of the oldest stored event that the rows do not reflect.",
          unit: "s",
          runbook: "projection-behind",
          queries: [["max by (projection) (touchline_projection_lag_seconds)", "{{projection}}"]],
        },
        {
          title: "Events that views do not reflect",
          about: "Counted up to 10,000; high while a view is rebuilt.",
          unit: "short",
          runbook: "projection-behind",
          queries: [["max by (projection) (touchline_projection_lag_events)", "{{projection}}"]],
        },
      ],
    },
  ],
};

export const serviceHealth: BoardSpec = {
  uid: "touchline-health",
  title: "Service health",
  about: "Processes, routes and calls.",
  rows: [
    {
      title: "Processes",
      panels: [
        {
          title: "Up",
          about: "1 for each instance that answers.",
          unit: "short",
          runbook: "service-down",
          queries: [['sum by (job) (up{job=~"registration|notification|payment-link|relay"})', "{{job}}"]],
        },
        {
          title: "What runs",
          about: "Versions of the services and of Node.",
          unit: "short",
          runbook: "service-down",
          as: "number",
          queries: [["sum by (service, version, node) (touchline_build_info)", "{{service}} {{version}} {{node}}"]],
        },
        {
          title: "Memory",
          about: "Resident memory of each instance.",
          unit: "bytes",
          runbook: "service-down",
          queries: [["process_resident_memory_bytes", "{{service}} {{instance}}"]],
        },
        {
          title: "Processor",
          about: "Cores in use.",
          unit: "short",
          runbook: "event-loop-busy",
          queries: [["rate(process_cpu_seconds_total[$__rate_interval])", "{{service}} {{instance}}"]],
        },
        {
          title: "Event loop, 99 %",
          about: "How long a step waits for the processor.",
          unit: "s",
          runbook: "event-loop-busy",
          queries: [["nodejs_eventloop_lag_p99_seconds", "{{service}} {{instance}}"]],
        },
        {
          title: "Open watches",
          about: "Open WatchRegistration streams.",
          unit: "short",
          runbook: "intake-failing",
          queries: [["sum(touchline_watchers)", "watches"]],
        },
      ],
    },
    {
      title: "Calls",
      panels: [
        {
          title: "HTTP by route and answer",
          about: "Taps, webhooks and callbacks.",
          unit: "reqps",
          runbook: "webhooks-slow",
          queries: [
            [
              "sum by (service, route, code) (rate(touchline_http_request_seconds_count[$__rate_interval]))",
              "{{service}} {{route}} {{code}}",
            ],
          ],
        },
        {
          title: "HTTP, 99 %",
          about: "Time by route.",
          unit: "s",
          runbook: "webhooks-slow",
          queries: [[p99("touchline_http_request_seconds", "service, route"), "{{service}} {{route}}"]],
        },
        {
          title: "gRPC by method and status",
          about: "The chat's calls, by method and status.",
          unit: "reqps",
          runbook: "intake-failing",
          queries: [
            ["sum by (method, code) (rate(touchline_grpc_seconds_count[$__rate_interval]))", "{{method}} {{code}}"],
          ],
        },
        {
          title: "gRPC, 99 %",
          about: "Time by method; for WatchRegistration, how long the stream stays open.",
          unit: "s",
          runbook: "intake-failing",
          queries: [[p99("touchline_grpc_seconds", "method", 'method!="WatchRegistration"'), "{{method}}"]],
        },
        {
          title: "Webhooks by answer",
          about: "bad_signature and forged were refused and not stored.",
          unit: "short",
          runbook: "webhooks-forged",
          queries: [
            [
              "sum by (outcome) (increase(touchline_gocardless_webhooks_total[$__rate_interval]))",
              "GoCardless {{outcome}}",
            ],
            ["sum by (what) (increase(touchline_sms_callbacks_total[$__rate_interval]))", "Twilio {{what}}"],
          ],
        },
        {
          title: "Recovered webhooks",
          about: "Facts found only by polling GoCardless's events.",
          unit: "short",
          runbook: "webhooks-missing",
          queries: [["sum(increase(touchline_webhooks_recovered_total[$__rate_interval]))", "recovered"]],
        },
      ],
    },
  ],
};
