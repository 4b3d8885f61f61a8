# pip install nats-py
import asyncio
import json
import os
import sys
import uuid

import nats
import nats.errors


async def main():
    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    js = nc.jetstream()
    registration_id = sys.argv[1] if len(sys.argv) > 1 else str(uuid.uuid4())
    settled = asyncio.get_running_loop().create_future()

    async def accepted(message):
        answer = json.loads(message.data)
        if answer["registrationId"] == registration_id and not settled.done():
            settled.set_result("accepted before" if answer.get("duplicate") else "accepted")

    async def refused(message):
        answer = json.loads(message.data)
        if answer.get("registrationId") == registration_id and not settled.done():
            violations = [f"{field['field']}: {field['message']}" for field in answer.get("fieldErrors", [])]
            settled.set_result("\n".join([answer["message"], *violations]))

    await nc.subscribe("chat.registration.accepted.v1", cb=accepted)
    await nc.subscribe("chat.registration.refused.v1", cb=refused)

    registration = {
        "registrationId": registration_id,
        "child": {"firstName": "Zoë", "lastName": "O'Neill"},
        "parent": {"firstName": "Sam", "lastName": "O'Neill", "email": "sam@example.org"},
        "parentPhone": "07700 900123",
        "team": "Tigers",
        "ageGroup": "u10",
        "season": "2526",
        "preferredPaymentDay": 1,
    }
    # The acknowledgement says that NATS has it. Only the answer says that the registration is on disk, so it is published
    # again until one comes. Keep it where it survives a restart, and publish it again after one.
    wait_seconds = 5
    while not settled.done():
        try:
            await js.publish("chat.registration.completed.v1", json.dumps(registration).encode())
        except nats.errors.Error as error:
            print(error, file=sys.stderr)
        await asyncio.wait([settled], timeout=wait_seconds)
        wait_seconds = min(wait_seconds * 2, 60)
    print(settled.result())
    await nc.close()


asyncio.run(main())
