import { describe, expect, test } from "vitest";
import { isPreview } from "./preview.ts";

describe("isPreview", () => {
  test.each([
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "WhatsApp/2.23.20.0",
    "WhatsApp",
    "Outlook-iOS/711.2620504.prod.iphone (4.28.0)",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; GoogleMessages/1.0)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5000)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots",
  ])("%s draws previews", (agent) => {
    expect(isPreview({ "user-agent": agent })).toBe(true);
  });

  test.each([
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 7) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone) Mobile/15E148 Snapchat/12.0 (like Safari/8614)",
    "Mozilla/5.0 (iPhone) Mobile/15E148 [FBAN/FBIOS;FBAV/400.0]",
    "Mozilla/5.0 (iPhone) [LinkedInApp]/9.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 OneOutlook/1.2023",
    "python-requests/2.32",
    "curl/8.5.0",
    "node",
    "",
  ])("%s may be a person", (agent) => {
    expect(isPreview({ "user-agent": agent })).toBe(false);
  });

  test("a browser that fetches ahead says so", () => {
    expect(isPreview({ "sec-purpose": "prefetch;prerender" })).toBe(true);
    expect(isPreview({ purpose: "prefetch" })).toBe(true);
    expect(isPreview({ "x-moz": "prefetch" })).toBe(true);
    expect(isPreview({})).toBe(false);
  });
});
