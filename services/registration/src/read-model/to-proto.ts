import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type Registration,
  type RegistrationChanged,
  RegistrationChangedSchema,
  RegistrationSchema,
} from "@touchline/contracts";
import type { NextAction } from "../today/next-actions.ts";
import type { Changed } from "./changed.ts";
import type { Row } from "./row.ts";

export const at = (instant: string) => timestampFromDate(new Date(instant));

/** As the column has them. */
const nextActions = (json: string) =>
  (JSON.parse(json) as NextAction[]).map((next) => ({
    action: next.action,
    ...("until" in next && { until: at(next.until) }),
    ...("reason" in next && { reason: next.reason }),
  }));

/** A row as gRPC answers it. */
export const toProto = (row: Row): Registration =>
  create(RegistrationSchema, {
    registrationId: row.registration_id,
    childName: row.child_name,
    parentName: row.parent_name,
    parentPhone: row.parent_phone,
    team: row.team,
    ageGroup: row.age_group,
    season: row.season,
    signingFeePence: row.signing_fee_pence,
    monthlyFeePence: row.monthly_fee_pence,
    preferredPaymentDay: row.preferred_payment_day,
    billingRequestId: row.billing_request_id ?? "",
    paymentStatus: row.payment_status,
    ...(row.sms_sent_at && { smsSentAt: at(row.sms_sent_at) }),
    smsDeliveryStatus: row.sms_delivery_status,
    smsDeliveryError: row.sms_delivery_error ?? "",
    smsAttempts: row.sms_attempts,
    smsSegments: row.sms_segments,
    ...(row.link_opened_at && { linkOpenedAt: at(row.link_opened_at) }),
    ...(row.paid_at && { paidAt: at(row.paid_at) }),
    createdAt: at(row.created_at),
    updatedAt: at(row.updated_at),
    position: String(row.position),
    phoneNeedsCorrection: row.phone_needs_correction === 1,
    paymentTokenError: row.payment_token_error ?? "",
    amountRefundedPence: row.amount_refunded_pence,
    behindPence: row.behind_pence,
    monthsMissed: row.months_missed,
    mandateStatus: row.mandate_status,
    paidTwicePence: row.paid_twice_pence,
    moneyError: row.money_error ?? "",
    cancelled: row.cancelled === 1,
    ...(row.suspended_at && { suspendedAt: at(row.suspended_at) }),
    snoozedUntil: row.snoozed_until ?? "",
    held: row.held_for !== null,
    emailStatus: row.email_status ?? "",
    ...(row.replied_at && { repliedAt: at(row.replied_at) }),
    nextActions: nextActions(row.next_actions),
  });

/** The part of a change that others may follow, which is not personal. */
export const toChangedProto = ({ registrationId, position, row }: Changed): RegistrationChanged =>
  create(RegistrationChangedSchema, {
    registrationId,
    position: String(position),
    erased: row === undefined,
    ...(row && {
      changedAt: at(row.updated_at),
      paymentStatus: row.payment_status,
      smsDeliveryStatus: row.sms_delivery_status,
      mandateStatus: row.mandate_status,
      phoneNeedsCorrection: row.phone_needs_correction === 1,
      cancelled: row.cancelled === 1,
      held: row.held_for !== null,
      ...(row.suspended_at && { suspendedAt: at(row.suspended_at) }),
      ...(row.replied_at && { repliedAt: at(row.replied_at) }),
      nextActions: nextActions(row.next_actions),
    }),
  });
