// Stands around a block of the integration guide as a page and its reader do, so that the block
// itself stays as it is. `node --import ./guide-page.mjs block.ts`
//   window.location.href = …   the browser goes there; a consent page is answered by a person
//   open(url)                  a new window
//   code                       what came back to the redirect URI
//   appendToTranscript(text)   the app's own
// At the end it prints what it saw, after `guide-report:`.
import { execFileSync } from 'node:child_process';
import { inspect } from 'node:util';

const { GUIDE_PEOPLE: people, GUIDE_PERSON: person } = process.env;
const seen = { went: [], opened: [], transcript: '', printed: [], result: null, problem: null };

// A page is gone while its user is away; here it stands still.
export function personDoes(what, parameters) {
  const query = new URLSearchParams({ person, ...parameters });
  const url = `${people}/${what}?${query}`;
  return execFileSync('curl', ['--silent', '--fail', '--noproxy', '*', url], { encoding: 'utf8' });
}

globalThis.window = {
  location: {
    set href(url) {
      seen.went.push(url);
      if (!new URL(url).pathname.startsWith('/oauth/authorize')) return;
      const back = new URL(personDoes('consent', { url }));
      globalThis.code = back.searchParams.get('code');
    },
  },
};
globalThis.open = (url) => seen.opened.push(url);
globalThis.appendToTranscript = (text) => (seen.transcript += text);
globalThis.guide = seen;

const print = console.log;
console.log = (...things) => {
  seen.printed.push(things);
  print(...things);
  const isUserCode = /^[A-Z]{4}-[A-Z]{4}$/.test(things[0]);
  if (isUserCode && process.env.GUIDE_PERSON_WAITS !== '1') {
    personDoes('device', { code: things[0] });
  }
};

process.on('uncaughtException', (error) => {
  const { name, code, status, message } = error;
  seen.problem = { name, code, status, message };
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
});
process.on('exit', () => process.stdout.write(`guide-report:${JSON.stringify(seen)}`));
