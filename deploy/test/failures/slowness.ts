import { type Projection, rebuild } from "@touchline/projections";
import { linksPath } from "../../../services/payment-link/src/projections/index.ts";
import { linksProjection } from "../../../services/payment-link/src/projections/links.ts";
import { atOnce, type InjectedFailure, kill, type Scene, starve, tap } from "./scene.ts";

const poison = "ProviderEventParked";

/** The next version of the view: it can apply an event that the current one cannot. */
const nextVersion: Projection = {
  ...linksProjection,
  prepare: (db) => {
    const fold = linksProjection.prepare(db);
    return (event) => event.type === poison || fold(event);
  },
};

export const slowness = ({ touchline }: Scene): InjectedFailure[] => {
  let links: readonly string[] = [];
  let feed: (() => Promise<void>) | undefined;
  return [
    {
      what: "an event that a view cannot fold",
      raises: ["ProjectionStopped", "ProjectionBehind"],
      make: async () => {
        await touchline.poison("payment-poison", poison);
        links = await Promise.all((await touchline.register(4)).map(touchline.link));
      },
      fix: async () => {
        await rebuild({ store: touchline.store, projection: nextVersion, path: linksPath(touchline.dataDir) });
      },
    },
    {
      what: "notification hangs while registrations come",
      raises: ["ServiceDown", "ConsumerBehind"],
      make: async () => {
        kill(touchline, "notification", "SIGSTOP");
        await touchline.register(130);
      },
      fix: async () => kill(touchline, "notification", "SIGCONT"),
    },
    {
      what: "the event store is short of processor time, and parents tap links that the view does not have",
      raises: ["TapsSlowFast", "TapsSlow", "TapsSlowSlowly"],
      make: async () => {
        feed = starve(touchline.eventStore.pid());
      },
      meanwhile: () => atOnce(4, (i) => tap(links[i] as string)),
      fix: async () => feed?.(),
    },
  ];
};
