import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { SubscribeOptions } from "../types.ts";

const { Options } = streams.ReadReq;
const empty = () => new shared.Empty();
/** A count for reading everything: the server has no "no limit". */
const ALL = String(Number.MAX_SAFE_INTEGER);
const FORWARDS = 0;
const BACKWARDS = 1;

/** Checkpoints come at least every 32 pages of 32 events. */
const CHECKPOINT_PAGES = 32;

export const streamRequest = (stream: string): streams.ReadReq => {
  const target = new Options.StreamOptions();
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  target.setStreamIdentifier(identifier);
  target.setStart(empty());
  const options = new Options();
  options.setStream(target);
  options.setReadDirection(FORWARDS);
  options.setCount(ALL);
  options.setNoFilter(empty());
  return request(options);
};

/** `$all` from a position, inclusive, or from the start. */
export const allRequest = (from: bigint | undefined): streams.ReadReq => {
  const options = allFrom(from);
  options.setReadDirection(FORWARDS);
  options.setCount(ALL);
  options.setNoFilter(empty());
  return request(options);
};

/** The first event in `$all` at a position or after it. */
export const nextRequest = (from: bigint): streams.ReadReq => {
  const message = allRequest(from);
  message.getOptions()?.setCount("1");
  return message;
};

/** The last event in `$all`. */
export const lastRequest = (): streams.ReadReq => {
  const target = new Options.AllOptions();
  target.setEnd(empty());
  const options = new Options();
  options.setAll(target);
  options.setReadDirection(BACKWARDS);
  options.setCount("1");
  options.setNoFilter(empty());
  return request(options);
};

export const subscriptionRequest = ({ after, prefixes, types }: SubscribeOptions): streams.ReadReq => {
  const options = allFrom(after);
  options.setSubscription(new Options.SubscriptionOptions());
  const expression = new Options.FilterOptions.Expression();
  const filter = new Options.FilterOptions();
  if (types) {
    // The server matches types by prefix.
    expression.setPrefixList([...types]);
    filter.setEventType(expression);
  } else if (prefixes) {
    expression.setPrefixList([...prefixes]);
    filter.setStreamIdentifier(expression);
  } else {
    expression.setRegex("^[^$]");
    filter.setEventType(expression);
  }
  filter.setCount(empty());
  filter.setCheckpointintervalmultiplier(CHECKPOINT_PAGES);
  options.setFilter(filter);
  return request(options);
};

const allFrom = (position: bigint | undefined) => {
  const target = new Options.AllOptions();
  if (position === undefined) target.setStart(empty());
  else {
    const from = new Options.Position();
    from.setCommitPosition(position.toString());
    from.setPreparePosition(position.toString());
    target.setPosition(from);
  }
  const options = new Options();
  options.setAll(target);
  return options;
};

const request = (options: streams.ReadReq.Options) => {
  const uuids = new Options.UUIDOption();
  uuids.setString(empty());
  options.setUuidOption(uuids);
  options.setResolveLinks(false);
  const message = new streams.ReadReq();
  message.setOptions(options);
  return message;
};
