import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type Dashboard,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** A query to Prometheus, and the name of its line. */
export type Query = readonly [expr: string, legend: string];

interface PanelSpec {
  readonly title: string;
  /** What it shows, and how to read it. */
  readonly about: string;
  /** Grafana's unit id, e.g. "s", "short", "percentunit". */
  readonly unit: string;
  /** A file of docs/runbooks, without `.md`. */
  readonly runbook: string;
  readonly queries: readonly Query[];
  /** Lines over time unless said otherwise. */
  readonly as?: "lines" | "stacked" | "number" | "bars";
  /** Columns of 24; 12 unless said otherwise. */
  readonly width?: number;
}

export interface BoardSpec {
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[];
}

const source = { type: "prometheus", uid: "prometheus" };

/** Grafana serves docs/runbooks itself: see its volumes in docker-compose.yml. */
const runbookLink = (runbook: string) =>
  new DashboardLinkBuilder("Runbook")
    .type(DashboardLinkType.Link)
    .url(`/public/runbooks/${runbook}.md`)
    .targetBlank(true);

const targets = ({ queries, as }: PanelSpec): Builder<Dataquery>[] =>
  queries.map(([expr, legend], i) => {
    const query = new prometheus.DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + i));
    return as === "number" || as === "bars" ? query.instant() : query.range();
  });

const builderOf = ({ as }: PanelSpec) => {
  if (as === "number") return new stat.PanelBuilder().graphMode(BigValueGraphMode.None);
  if (as === "bars") return new bargauge.PanelBuilder().min(0);
  const lines = new timeseries.PanelBuilder()
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .lineWidth(1)
    .min(0);
  return as === "stacked"
    ? lines.fillOpacity(40).stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    : lines.fillOpacity(10);
};

const panel = (spec: PanelSpec): Builder<Panel> =>
  builderOf(spec)
    .title(spec.title)
    .description(spec.about)
    .unit(spec.unit)
    .datasource(source)
    .links([runbookLink(spec.runbook)])
    .targets(targets(spec))
    .height(8)
    .span(spec.width ?? 12);

/** The dashboard as Grafana stores it. */
export const board = (spec: BoardSpec): Dashboard => {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.about)
    .tags(["touchline"])
    .timezone("browser")
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .link(
      new DashboardLinkBuilder("Touchline").type(DashboardLinkType.Dashboards).tags(["touchline"]).asDropdown(true),
    );
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const one of row.panels) builder.withPanel(panel(one));
  }
  return builder.build();
};
