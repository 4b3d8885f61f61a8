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
    "Viber/21.5.0.3 CFNetwork/1492.0.1 Darwin/23.3.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) QtWebEngine/5.15 Viber/20 Chrome/87",
    "meta-externalhit/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/122.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; rv:6.0) Gecko/20110814 Firefox/6.0 Google (+https://developers.google.com/+/web/snippet/)",
    "Mozilla/5.0 (Linux; Android 7.0; SM-G930V) AppleWebKit/537.36 Chrome/59.0 Mobile Safari/537.36 (compatible; Google-Read-Aloud)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Chrome/122.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
    "com.google.android.apps.messaging/preview",
  ])("%s draws previews", (agent) => {
    expect(isPreview({ "user-agent": agent })).toBe(true);
  });

  test.each([
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 7) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone) Mobile/15E148 Snapchat/12.0 (like Safari/8614)",
    "Mozilla/5.0 (iPhone) Mobile/15E148 [FBAN/FBIOS;FBAV/400.0]",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/21E219 [FBAN/FBIOS;FBAV/456.0.0.41.108;FBCR/Check url;FBOP/5]",
    "Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) Version/4.0 Chrome/122.0 Mobile Safari/537.36 [FB_IAB/Orca-Android;FBAV/452.0.0.42;]",
    "Mozilla/5.0 (Linux; Android 13; Pixel 7; wv) Chrome/122.0 Mobile Safari/537.36 Instagram 322.0.0.19 Android (33/13; Google/google; Pixel 7)",
    "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) Version/4.0 Chrome/122.0 Mobile Safari/537.36 WhatsApp/2.24.5.76",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) GSA/307.0.612476048 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148 Viber/21.9.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 13; SM-G998B) SamsungBrowser/24.0 Chrome/117.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone) [LinkedInApp]/9.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 OneOutlook/1.2023",
    "Mozilla/5.0 (iPhone)",
    "Mozilla/5.0 Mobile",
    "python-requests/2.32",
    "curl/8.5.0",
    "node",
    "",
  ])("%s may be a person", (agent) => {
    expect(isPreview({ "user-agent": agent })).toBe(false);
  });

  test("a browser's prefetch is a preview", () => {
    expect(isPreview({ "sec-purpose": "prefetch;prerender" })).toBe(true);
    expect(isPreview({ purpose: "prefetch" })).toBe(true);
    expect(isPreview({ "x-moz": "prefetch" })).toBe(true);
    expect(isPreview({})).toBe(false);
  });
});
