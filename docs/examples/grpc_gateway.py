import os
import sys
import time
import uuid

import grpc
from google.rpc import error_details_pb2, status_pb2

from touchline.registration.v1 import registration_pb2 as pb
from touchline.registration.v1 import registration_pb2_grpc as rpc

channel = grpc.insecure_channel(os.environ.get("GRPC_TARGET", "127.0.0.1:50051"))
service = rpc.RegistrationServiceStub(channel)
token = os.environ.get("GATEWAY_TOKEN")
metadata = [("authorization", f"Bearer {token}")] if token else []


def complete(request):
    """Calls again while Touchline cannot store the registration. Its id makes that safe."""
    for attempt in range(6):
        try:
            return service.CompleteRegistration(request, metadata=metadata, timeout=5)
        except grpc.RpcError as error:
            again = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
            if error.code() not in again or attempt == 5:
                raise
            time.sleep(0.25 * 2**attempt)


def violations_of(error):
    """The fields that were refused, each with words that the chat can show."""
    for key, value in error.trailing_metadata():
        if key != "grpc-status-details-bin":
            continue
        for detail in status_pb2.Status.FromString(value).details:
            bad = error_details_pb2.BadRequest()
            if detail.Unpack(bad):
                yield from ((violation.field, violation.description) for violation in bad.field_violations)


def watch(registration_id):
    """Follows a registration until it is paid; after a break it continues from the last position."""
    position = ""
    while True:
        request = pb.WatchRegistrationRequest(registration_id=registration_id, after_position=position)
        rows = service.WatchRegistration(request, metadata=metadata)
        try:
            for row in rows:
                position = row.position
                yield row
                if row.payment_status in ("paid", "waived", "cancelled"):
                    return
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            time.sleep(0.5)
        finally:
            rows.cancel()


def registration(registration_id, **changes):
    fields = dict(
        registration_id=registration_id,
        child=pb.Child(first_name="Zoë", last_name="O'Neill"),
        parent=pb.Parent(first_name="Sam", last_name="O'Neill", email="sam@example.org"),
        parent_phone="07700 900123",
        team="Tigers",
        age_group="u10",
        season="2526",
        preferred_payment_day=1,
    )
    return pb.CompleteRegistrationRequest(**{**fields, **changes})


registration_id = sys.argv[1] if len(sys.argv) > 1 else str(uuid.uuid4())
try:
    complete(registration(registration_id, parent_phone="0161 496 0000"))
except grpc.RpcError as refused:
    for field, words in violations_of(refused):
        print(f"{field}: {words}")
for _ in range(2):
    answer = complete(registration(registration_id))
    print("accepted before" if answer.duplicate else "accepted")
for row in watch(registration_id):
    print(f"text {row.sms_delivery_status}, payment {row.payment_status}")
    if row.phone_needs_correction:
        print("ask for another number, then call CorrectParentPhone")
channel.close()
