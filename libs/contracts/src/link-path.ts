const NAME = "reg_setup";
/** The path of every link begins with this; its id follows, and perhaps the name of one of its pages. */
export const LINK_PREFIX = `/${NAME}/`;
/** What message apps and people leave stuck to a link: punctuation, symbols, spaces and invisible characters. */
const DEBRIS = String.raw`[\p{P}\p{S}\p{Z}\p{Cf}\p{Cc}\u115f\u1160\u3164\uffa0\ufe0e\ufe0f]*`;
const ID = new RegExp(`^${DEBRIS}(BRQ[A-Z0-9]{4,40})${DEBRIS}$`, "iu");
/** `/reg_setup/{id}`, optionally followed by the name of one of its pages. */
const PATH = new RegExp(`^/+${NAME}/+([^/]{1,300})(/[a-z]{1,16})?/*$`);
/** Also without an id. */
const IS_LINK = new RegExp(`^/+${NAME}(/|$)`);

/** The billing request id in the last segment of a link; undefined when there is none. `segment` is still percent-encoded. */
const readLinkId = (segment: string): string | undefined => ID.exec(decoded(segment) ?? "")?.[1]?.toUpperCase();

/**
 * Tidies a request's target: `/reg_setup/brq123.?x=1` becomes `/reg_setup/BRQ123?x=1`. A link without a valid id becomes
 * `/reg_setup/-`, which is answered like any unknown link. Other targets are left as they are.
 */
export const canonicalTarget = (target: string): string => {
  const query = target.search(/[?#]/);
  const [path, rest] = query < 0 ? [target, ""] : [target.slice(0, query), target.slice(query)];
  if (!IS_LINK.test(path)) return target;
  const [, segment = "", page = ""] = PATH.exec(path) ?? [];
  const id = readLinkId(segment);
  return id ? `${LINK_PREFIX}${id}${page}${rest}` : `${LINK_PREFIX}-`;
};

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};
