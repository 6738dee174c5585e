// What a page of the documentation finds around it besides what a page of the guide does: a place in
// the browser that changes, a session storage, and people who act on what is shown to them.
// `node --import ./docs-page.mjs block.ts`
import { pathToFileURL } from 'node:url';
import { personDoes } from './guide-page.mjs';

const seen = globalThis.guide;
let here = new URL('https://app.example/');

const location = {
  get href() {
    return here.href;
  },
  get search() {
    return here.search;
  },
  set href(url) {
    seen.went.push(url);
    if (!new URL(url).pathname.startsWith('/oauth/authorize')) return show(url);
    const back = personDoes('consent', { url });
    here = new URL(back);
    globalThis.code = here.searchParams.get('code');
  },
};
globalThis.location = location;
globalThis.window = { location };
globalThis.history = { replaceState: (_state, _title, path) => (here = new URL(path, here)) };

const kept = new Map();
globalThis.sessionStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, String(value)),
  removeItem: (name) => kept.delete(name),
  key: (at) => [...kept.keys()][at] ?? null,
  get length() {
    return kept.size;
  },
};

/** A person who sees a link to the portal follows it and pays. */
function show(text) {
  const link = /https:\/\/\S+\/billing\/open\/\S+/.exec(text)?.[0];
  if (!link) return;
  seen.opened.push(link);
  if (process.env.GUIDE_PAYS === '1') personDoes('pay', { url: link });
}
globalThis.open = (url) => show(url);

const print = console.log;
console.log = (...things) => {
  print(...things);
  const text = things.join(' ');
  const code = /enter ([A-Z]{4}-[A-Z]{4})/.exec(text)?.[1];
  if (code) personDoes('device', { code });
  show(text);
};

// Names that a short block leaves to its reader.
if (process.env.GUIDE_GIVEN === '1') {
  const sdk = await import(
    pathToFileURL(`${process.cwd()}/node_modules/@arda/gateway-sdk/dist/esm/index.js`).href
  );
  Object.assign(globalThis, sdk, {
    gateway: new sdk.ArdaGateway({ apiKey: process.env.GUIDE_KEY }),
    messages: [{ role: 'user', content: 'Hello' }],
    topupAmountsCents: [500, 1000, 2500],
    returnUrl: 'https://app.example/billing/complete',
    show: (result) => print(result.completion.choices[0].message.content),
  });
}
