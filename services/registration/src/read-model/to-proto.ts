import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Registration, RegistrationSchema } from "@touchline/contracts";
import type { Row } from "./row.ts";

const at = (instant: string) => timestampFromDate(new Date(instant));

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
  });
