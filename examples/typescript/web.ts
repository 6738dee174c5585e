// Serves the web app of web/: static files, the package as it was built, and which app this is.
//   node web.ts, then open http://localhost:5173
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { baseUrl, clientId } from './demo.ts';

const port = Number(process.env['PORT'] ?? 5173);
const sdk = import.meta.resolve('@arda/gateway-sdk');
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', `http://localhost:${port}`);
  const name = /^\/(?:sdk\/)?([\w-]+\.js)$/.exec(pathname)?.[1];
  const file = pathname.startsWith('/sdk/')
    ? new URL(name ?? 'none', sdk)
    : new URL(name ?? 'index.html', new URL('web/', import.meta.url));
  response.setHeader('content-type', types[extname(file.pathname)] ?? 'text/plain');
  if (pathname === '/app.json') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ baseUrl, clientId }));
    return;
  }
  readFile(file).then(
    (bytes) => response.end(bytes),
    () => response.writeHead(404).end(),
  );
});
server.listen(port, 'localhost', () => console.log(`Open http://localhost:${port}`));
