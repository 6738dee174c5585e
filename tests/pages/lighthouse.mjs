// Scores the pages of a running demo gateway with Lighthouse:
//
//   node tests/pages/lighthouse.mjs http://localhost:8787 .data/demo.json [page ...]
//
// It signs in with the code from /dev/mailbox.json, so it works on a gateway of one's own only.
// Not part of the suite: a score takes half a minute a page and depends on how busy the machine is.
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LIGHTHOUSE = process.env.LIGHTHOUSE ?? "lighthouse@13.5.0";
const [base, demoFile, ...wanted] = process.argv.slice(2);
const demo = JSON.parse(readFileSync(demoFile, "utf8"));
const cookies = new Map();

async function ask(path, form) {
  const answer = await fetch(new URL(path, base), {
    method: form ? "POST" : "GET",
    body: form && new URLSearchParams(form),
    redirect: "manual",
    headers: { Cookie: cookieHeader() },
  });
  for (const cookie of answer.headers.getSetCookie()) {
    const [pair] = cookie.split(";");
    cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
  return { location: answer.headers.get("location"), html: await answer.text() };
}

const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
const field = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];

async function signIn(email) {
  const first = await ask("/sign-in");
  const sent = await ask("/sign-in", { csrf: field(first.html, "csrf"), email });
  const page = await ask(sent.location);
  let mail;
  while (!mail) {
    const mails = await (await fetch(new URL("/dev/mailbox.json", base))).json();
    mail = mails.find((one) => (one.to ?? one.To) === email);
  }
  await ask("/sign-in/code", {
    csrf: field(page.html, "csrf"),
    challenge: field(page.html, "challenge"),
    code: (mail.text ?? mail.Text).split("\n")[0].replace(/\D/g, ""),
  });
}

function authorizePath() {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: demo.demo_client_id,
    redirect_uri: "http://127.0.0.1:9999/callback",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state: "lighthouse",
  });
  return `/oauth/authorize?${query}`;
}

const billing = `/billing/p/${demo.project_slug}`;
const pages = {
  "sign-in": { path: "/sign-in", signedIn: false },
  consent: { path: authorizePath(), signedIn: true },
  connect: { path: "/connect", signedIn: true },
  overview: { path: "/console", signedIn: true },
  keys: { path: "/console/keys", signedIn: true },
  connections: { path: "/console/connections", signedIn: true },
  usage: { path: "/console/usage", signedIn: true },
  receipts: { path: "/console/receipts", signedIn: true },
  account: { path: "/account", signedIn: true },
  balance: { path: billing, signedIn: true },
  topup: { path: `${billing}/topup`, signedIn: true },
  card: { path: `${billing}/card`, signedIn: true },
  "auto-reload": { path: `${billing}/auto-reload`, signedIn: true },
  limits: { path: `${billing}/limits`, signedIn: true },
  history: { path: `${billing}/history`, signedIn: true },
  payments: { path: `${billing}/payments`, signedIn: true },
};
// Every page of the documentation, as its own list names them.
const documentation = await ask("/docs");
for (const [, path] of documentation.html.matchAll(/href="(\/docs(?:\/[a-z-]+)?)"/g)) {
  pages[path.slice(1)] = { path, signedIn: false };
}
pages["docs/errors/insufficient_balance"] = {
  path: "/docs/errors/insufficient_balance",
  signedIn: false,
};
pages["docs/search"] = { path: "/docs/search?q=portal", signedIn: false };

await signIn(demo.user_email);
const folder = mkdtempSync(join(tmpdir(), "lighthouse-"));
let lowest = 1;
for (const [name, page] of Object.entries(pages)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const report = join(folder, `${name.replaceAll("/", "-")}.json`);
  const headers = JSON.stringify(page.signedIn ? { Cookie: cookieHeader() } : {});
  const run = spawnSync(
    "npx",
    [
      "--yes",
      LIGHTHOUSE,
      new URL(page.path, base).toString(),
      "--quiet",
      "--chrome-flags=--headless=new --no-sandbox",
      `--extra-headers=${headers}`,
      "--output=json",
      `--output-path=${report}`,
    ],
    { stdio: ["ignore", "ignore", "inherit"], env: { CHROME_PATH: "/usr/bin/chromium", ...process.env } },
  );
  if (run.status !== 0) process.exit(1);
  const { categories, audits } = JSON.parse(readFileSync(report, "utf8"));
  const scores = Object.values(categories).map(({ id, score }) => `${id} ${Math.round(score * 100)}`);
  console.log(`${name}: ${scores.join(", ")}`);
  for (const category of Object.values(categories)) {
    lowest = Math.min(lowest, category.score);
    for (const { id, weight } of category.auditRefs) {
      const { score, title } = audits[id];
      if (weight > 0 && score !== null && score < 0.9) console.log(`  ${id}: ${score} ${title}`);
    }
  }
}
rmSync(folder, { recursive: true });
process.exit(lowest < 0.95 ? 1 : 0);
