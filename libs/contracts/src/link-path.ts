const NAME = "reg_setup";
/** The path of every link begins with this; its id follows, and perhaps the name of one of its pages. */
export const LINK_PREFIX = `/${NAME}/`;
/** What message apps and people leave stuck to a link: punctuation, symbols, spaces and invisible characters. */
const DEBRIS = String.raw`[\p{P}\p{S}\p{Z}\p{Cf}\p{Cc}\u115f\u1160\u3164\uffa0\ufe0e\ufe0f]*`;
const ID = new RegExp(`^${DEBRIS}(BRQ[A-Z0-9]{4,40})${DEBRIS}$`, "iu");
/** Also without an id. */
const IS_LINK = new RegExp(`^/+${NAME}(/|$)`, "i");
const ONLY_DEBRIS = new RegExp(`^${DEBRIS}$`, "u");
const PAGE = new RegExp(`^${DEBRIS}([a-z]{1,16})${DEBRIS}$`, "iu");
const LONGEST_SEGMENT = 300;

/**
 * Tidies a request's target: `/Reg_Setup/brq123.?x=1` becomes `/reg_setup/BRQ123?x=1`. A link without a valid id becomes
 * `/reg_setup/-`, which is answered like any unknown link. Other targets are left as they are.
 */
export const canonicalTarget = (target: string): string => {
  const query = target.search(/[?#]/);
  const [path, rest] = query < 0 ? [target, ""] : [target.slice(0, query), target.slice(query)];
  if (!IS_LINK.test(path)) return target;
  const segments = path.replace(IS_LINK, "").split("/").filter(Boolean).map(decoded);
  while (segments.length > 1 && ONLY_DEBRIS.test(segments.at(-1) ?? "x")) segments.pop();
  const [id, page, ...more] = segments;
  const link = ID.exec(id ?? "")?.[1]?.toUpperCase();
  const name = segments.length < 2 ? "" : PAGE.exec(page ?? "")?.[1]?.toLowerCase();
  if (!link || name === undefined || more.length > 0) return `${LINK_PREFIX}-`;
  return `${LINK_PREFIX}${link}${name && `/${name}`}${rest}`;
};

/** Undefined if the escapes are broken or the segment is longer than any of ours. */
const decoded = (segment: string): string | undefined => {
  if (segment.length > LONGEST_SEGMENT) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};
