import type { RunningProjection } from "@touchline/projections";

/** What this instance appended and its read model does not show yet, so that callers read their own writes. */
export interface OwnWrites {
  readonly note: (registrationId: string, position: bigint | undefined) => void;
  /** Resolves when the rows reflect this instance's last write about a registration, or about any; or after a moment. */
  readonly settled: (registrationId?: string) => Promise<void>;
  /** The event store was restored to an earlier time: its positions will not be reached, or mean something else. */
  readonly forget: () => void;
}

const PATIENCE_MS = 2_000;
const REMEMBERED_MAX = 10_000;

export const createOwnWrites = (projection: Pick<RunningProjection, "position" | "reached" | "status">): OwnWrites => {
  const positions = new Map<string, bigint>();
  const forgetShown = () => {
    const shown = projection.position() ?? -1n;
    for (const [id, position] of positions) if (position <= shown) positions.delete(id);
  };
  let latest: bigint | undefined;
  return {
    note: (registrationId, position) => {
      if (position === undefined) return;
      if (latest === undefined || position > latest) latest = position;
      if (positions.size >= REMEMBERED_MAX) forgetShown();
      if (positions.size < REMEMBERED_MAX) positions.set(registrationId, position);
    },
    settled: async (registrationId) => {
      const position = registrationId === undefined ? latest : positions.get(registrationId);
      // Waiting for a projection that is catching up or has stopped would only cost the caller time.
      if (position === undefined || projection.status().state !== "live") return;
      const shown = await projection.reached(position, PATIENCE_MS);
      if (shown && registrationId !== undefined && positions.get(registrationId) === position)
        positions.delete(registrationId);
    },
    forget: () => {
      latest = undefined;
      positions.clear();
    },
  };
};
