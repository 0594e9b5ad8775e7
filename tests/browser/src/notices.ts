/** A webhook's receiver: hears what the server tells of. That its signatures are right is another suite's matter. */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Notice {
  type: string;
  data: { login_name?: string; undo_url?: string };
}

export interface Notices {
  /** Lines of the config that send them here. */
  config: string;
  /** The newest one of this type about this account, once there is one. */
  about(type: string, account: string): Promise<Notice>;
  close(): void;
}

export async function hearNotices(): Promise<Notices> {
  const heard: Notice[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    heard.push(JSON.parse(body));
    response.writeHead(204).end();
    for (const wake of waiting) wake();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'countersign-notices-'));
  const secret = join(folder, 'secret');
  writeFileSync(secret, `whsec_${randomBytes(32).toString('base64')}`, { mode: 0o600 });
  const find = (type: string, account: string) =>
    heard.filter(heard => heard.type === type && heard.data.login_name === account).at(-1);
  return {
    config: [
      '[[webhooks]]',
      'id = "tests"',
      `url = "http://127.0.0.1:${port}/"`,
      `secret_file = "${secret}"`,
      'private = true',
    ].join('\n'),
    about: (type, account) =>
      new Promise(resolve => {
        const look = () => {
          const found = find(type, account);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
