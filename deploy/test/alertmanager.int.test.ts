import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { freePort } from "@touchline/embedded";
import { eventually, temporaryFolder } from "@touchline/testing";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Debian calls it so, because another package has the short name. */
const PROGRAM = "prometheus-alertmanager";
const noAlertmanager = spawnSync(PROGRAM, ["--version"]).error !== undefined;
const shipped = join(import.meta.dirname, "../prometheus");
const PASSWORD = "of the mail server";

interface Notification {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

describe.skipIf(noAlertmanager)("a real Alertmanager with the configuration that we ship", () => {
  const { path: folder, remove } = temporaryFolder("alertmanager");
  const at = (name: string) => join(folder, name);
  const mails: { readonly to: string | undefined; readonly content: string }[] = [];
  const hooks: Notification[] = [];
  const webhook = createServer((request, response) => {
    void json(request).then((notification) => {
      hooks.push(notification as Notification);
      response.end();
    });
  });
  let mailServer: SMTPServer;
  let alertmanager: ChildProcess;
  let url: string;

  beforeAll(async () => {
    selfSigned(at("key.pem"), at("cert.pem"));
    mailServer = new SMTPServer({
      key: readFileSync(at("key.pem")),
      cert: readFileSync(at("cert.pem")),
      onAuth: ({ username, password }, _session, done) =>
        password === PASSWORD ? done(null, { user: username }) : done(new Error("wrong password")),
      onData: (stream, { envelope }, done) => {
        stream.on("end", () => done());
        void text(stream).then((content) => mails.push({ to: envelope.rcptTo[0]?.address, content }));
      },
    });
    const mailbox = mailServer.listen(0, "127.0.0.1");
    await Promise.all([once(mailbox, "listening"), once(webhook.listen(0, "127.0.0.1"), "listening")]);
    writeFileSync(at("alert-smtp-password"), PASSWORD);
    const hook = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/alerts`;
    writeFileSync(at("alert-webhook-url"), hook);
    // Alerts of one name wait for each other for half a minute.
    const template = readFileSync(join(shipped, "alertmanager.yml"), "utf8");
    writeFileSync(at("template.yml"), template.replace("group_wait: 30s", "group_wait: 1s"));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const options = `--storage.path=${folder} --web.listen-address=127.0.0.1:${port} --cluster.listen-address=`;
    // Debian's 0.25 cannot read the webhook's address from a file yet; the version that we ship does.
    const inPlace = `sed -i 's|url_file: .*|url: ${hook}|' ${at("alertmanager.yml")}`;
    writeFileSync(at("alertmanager"), `#!/bin/sh\n${inPlace}\nexec ${PROGRAM} "$1" ${options}\n`, { mode: 0o755 });
    alertmanager = spawn("sh", [join(shipped, "alertmanager.sh")], {
      stdio: "ignore",
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        SSL_CERT_FILE: at("cert.pem"),
        ALERT_TEMPLATE: at("template.yml"),
        ALERT_SECRETS: folder,
        ALERT_CONFIG: at("alertmanager.yml"),
        ALERT_EMAIL: "sam@club.example",
        ALERT_SMARTHOST: `127.0.0.1:${(mailbox.address() as AddressInfo).port}`,
        ALERT_SMTP_USER: "club",
      },
    });
    await eventually(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok);
  });

  afterAll(async () => {
    if (alertmanager?.kill()) await once(alertmanager, "exit");
    webhook.close();
    await new Promise<void>((resolve) => mailServer.close(resolve));
    remove();
  });

  /** As Prometheus does, which repeats an alert for as long as it fires. */
  const fire = async (alertname: string, severity: string, endsAt?: Date): Promise<void> => {
    const alert = { labels: { alertname, severity }, ...(endsAt && { endsAt }) };
    const answer = await fetch(`${url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([alert]),
    });
    expect(answer.status).toBe(200);
  };

  test("an alert reaches the mailbox over TLS and the webhook, and a ticket that it explains does not", async () => {
    await fire("ServiceDown", "page");
    await fire("RelayBehind", "ticket");
    const mail = await eventually(async () => mails.find(({ content }) => content.includes("ServiceDown")));
    expect(mail.to).toBe("sam@club.example");
    expect(mail.content).toContain("FIRING");
    await eventually(async () => hooks.length > 0);
    expect(hooks.flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname))).toEqual(["ServiceDown"]);
    expect(hooks[0]?.status).toBe("firing");
    const listed = (await (await fetch(`${url}/api/v2/alerts`)).json()) as { status: { state: string } }[];
    expect(listed.map(({ status }) => status.state).sort()).toEqual(["active", "suppressed"]);
  });
});

const selfSigned = (key: string, certificate: string): void => {
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", key, "-out", certificate];
  const { status, stderr } = spawnSync("openssl", ["req", "-x509", "-nodes", "-days", "2", ...made, ...subject], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
};
