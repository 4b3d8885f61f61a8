import { createMailer } from "@touchline/mail";
import { type MailStandIn, startMailStandIn } from "@touchline/sandbox";
import { systemRuntime } from "@touchline/service/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";

const runtime = systemRuntime();
let server: MailStandIn;
beforeAll(async () => {
  server = await startMailStandIn({ now: runtime.now });
});
afterAll(() => server.stop());

const settings = () => ({ host: "127.0.0.1", port: server.port, secure: false, from: "Club <club@example.org>" });
const send = (to: string, port = server.port) => {
  const mailer = createMailer({ ...settings(), port }, runtime, { sendingMs: 3_000, replyMs: 1_000 });
  return mailer.send({
    id: "e1",
    to,
    subject: "Zoë’s link",
    text: "£45, please:\nhttps://club.example/reg_setup/BRQ1\n",
  });
};
const received = (to: string) => server.mails.all().filter((mail) => mail.to === to);

test("an e-mail arrives as it was written", async () => {
  expect(await send("sam@example.org")).toEqual({ kind: "sent" });
  expect(received("sam@example.org")).toMatchObject([
    {
      from: "club@example.org",
      subject: "Zoë’s link",
      text: "£45, please:\nhttps://club.example/reg_setup/BRQ1\n",
    },
  ]);
});

test.each([
  ["refused@example.org", { kind: "refused", code: "550" }, 0],
  ["too-big@example.org", { kind: "refused", code: "552" }, 0],
  ["later@example.org", { kind: "later", code: "451" }, 0],
  ["cut@example.org", { kind: "later", code: "ECONNECTION" }, 0],
  ["broken@example.org", { kind: "unknown", code: "ECONNECTION" }, 1],
  ["silent@example.org", { kind: "unknown", code: "ETIMEDOUT" }, 1],
])("%s", async (to, outcome, arrived) => {
  expect(await send(to)).toEqual(outcome);
  expect(received(to)).toHaveLength(arrived);
});

test("without a server, nothing is taken", async () => {
  const gone = await startMailStandIn({ now: runtime.now });
  await gone.stop();
  expect(await send("sam@example.org", gone.port)).toMatchObject({ kind: "later" });
});
