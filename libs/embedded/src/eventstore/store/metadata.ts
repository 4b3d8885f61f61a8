/** The parts of a stream's metadata that the store itself acts on. */
export interface StreamMetadata {
  maxCount?: number;
  maxAgeSeconds?: number;
  truncateBefore?: number;
  softDeleted: boolean;
}

export const NO_METADATA: StreamMetadata = { softDeleted: false };
export const METASTREAM_METADATA: StreamMetadata = { softDeleted: false, maxCount: 1 };

/** Written by a soft delete. A bigint, because longs lose precision as JavaScript numbers. */
const DELETED = 9223372036854775807n;
export const SOFT_DELETED_JSON = `{"$tb":${DELETED}}`;

const LONG_KEYS = ["$maxCount", "$maxAge", "$tb", "$cacheControl"];
const ACL_KEYS = ["$r", "$w", "$d", "$mr", "$mw"];

type Longs = Partial<Record<string, bigint>>;

/** If any key that EventStoreDB knows is malformed, all metadata counts as none. A number that is too small counts as not set. */
export function parseMetadata(json: string): StreamMetadata {
  let longs: Longs;
  try {
    longs = readLongs(json);
  } catch {
    return NO_METADATA;
  }
  const { $maxCount, $maxAge, $tb } = longs;
  return {
    softDeleted: $tb === DELETED,
    ...($maxCount === undefined ? {} : { maxCount: Number($maxCount) }),
    ...($maxAge === undefined ? {} : { maxAgeSeconds: Number($maxAge) }),
    ...($tb === undefined || $tb === DELETED ? {} : { truncateBefore: Number($tb) }),
  };
}

function readLongs(json: string): Longs {
  const longs: Longs = {};
  const parsed: unknown = parseKeepingLongs(json);
  if (!isObject(parsed)) throw new Error("Not an object.");
  for (const key of LONG_KEYS) {
    const value = parsed[key];
    if (value === undefined) continue;
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw new Error(`${key} is not a long.`);
    if (value >= (key === "$tb" ? 0n : 1n)) longs[key] = value;
  }
  const { $tempStream = false, $acl = {} } = parsed;
  if (typeof $tempStream !== "boolean") throw new Error("$tempStream is not a boolean.");
  if (!isAcl($acl)) throw new Error("$acl is malformed.");
  return longs;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAcl = (value: unknown): boolean =>
  isObject(value) && Object.entries(value).every(([key, roles]) => ACL_KEYS.includes(key) && isRoles(roles));

const isRoles = (value: unknown): boolean =>
  (Array.isArray(value) ? value : [value]).every((role) => typeof role === "string");

const INTEGER = /^-?\d{1,30}$/;

/** `JSON.parse` with integers as bigint, which keeps 2^63-1 exact. */
const parseKeepingLongs = (json: string): unknown =>
  JSON.parse(json, (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined && INTEGER.test(context.source)
      ? BigInt(context.source)
      : value,
  );

/** The metadata with a new `$tb` and all other keys unchanged; undefined if it is not a JSON object. */
export function withTruncateBefore(json: string, truncateBefore: number): string | undefined {
  try {
    const parsed = parseKeepingNumbers(json);
    if (!isObject(parsed)) return undefined;
    return JSON.stringify({ ...parsed, $tb: truncateBefore });
  } catch {
    return undefined;
  }
}

const rawJson = (text: string): unknown => (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON(text);

/** Keeps other keys' numbers exact, whatever their size. */
const parseKeepingNumbers = (json: string): unknown =>
  JSON.parse(json, (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? rawJson(context.source) : value,
  );
