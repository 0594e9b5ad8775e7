/** The site: its page for everybody, its articles behind the guard. Knows no JWT. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { articles } from './articles.js';
import { Guard, Refused } from './guard.js';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/**
 * @param {import('./guard.js').Options & { folder: string }} options `folder`: the built page
 * @returns {import('node:http').Server}
 */
export function site(options) {
  const { issuer, clientId } = options;
  const guard = new Guard(options);
  const files = load(options.folder);
  const headers = {
    // Our own scripts, and requests to us and to the issuer. A script from elsewhere could use the session.
    'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ${issuer}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  };

  return createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const [path = ''] = url.split('?');
    /** @type {(status: number, body: unknown, more?: Record<string, string>) => void} */
    const json = (status, body, more = {}) => {
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json', ...more });
      response.end(JSON.stringify(body));
    };
    request.resume(); // no request here has a body
    try {
      if (method !== 'GET') return json(405, { error: 'method_not_allowed' }, { Allow: 'GET' });
      if (path === '/settings.json') return json(200, { issuer, clientId });
      if (path === '/articles') {
        const { authorization, dpop } = request.headers;
        const proof = typeof dpop === 'string' ? dpop : undefined;
        const reader = await guard.admit({ method, path, authorization, proof });
        return json(200, { reader: reader.sub, articles });
      }
      const file = files.get(path);
      if (!file) return json(404, { error: 'not_found' });
      response.writeHead(200, { ...headers, 'Content-Type': file.type }).end(file.body);
    } catch (error) {
      if (error instanceof Refused) {
        return json(401, { error: error.message }, { 'WWW-Authenticate': error.challenge });
      }
      console.error(error);
      json(503, { error: 'unavailable' }, { 'Retry-After': '5' });
    }
  });
}

/**
 * All files of a folder by their path on the site: what is not in this list is not served.
 * @param {string} folder
 */
function load(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter(name => statSync(join(folder, name)).isFile());
  return new Map(
    files.map(name => [
      name === 'index.html' ? '/' : `/${name}`,
      {
        type: TYPES[extname(name)] ?? 'application/octet-stream',
        body: readFileSync(join(folder, name)),
      },
    ]),
  );
}
