import { create } from "@bufbuild/protobuf";
import { type ListTodayResponse, ListTodayResponseSchema } from "@touchline/contracts";
import { at, toProto } from "../read-model/to-proto.ts";
import type { TodayView } from "../read-model/today.ts";

export const TODAY_LIMIT = 200;

export const toTodayProto = ({ entries, deadLetters }: TodayView, limit: number): ListTodayResponse =>
  create(ListTodayResponseSchema, {
    items: entries.slice(0, limit).map(({ row, reasons }) => ({
      registration: toProto(row),
      reasons: reasons.map(({ since, ...reason }) => ({ ...reason, ...(since && { since: at(since) }) })),
    })),
    total: entries.length,
    ...(deadLetters !== undefined && { deadLetters }),
  });
