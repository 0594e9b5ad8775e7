import { CountersignError, type ScanAnswer, type Session } from '@countersign/browser';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Decision } from '../src/phone/decision.ts';
import { Stage } from '../src/stage.ts';
import { blankPage, find } from './page.ts';

beforeEach(blankPage);

const answer = (ticket: string): ScanAnswer => ({
  ticket,
  expires_in: 120,
  version: 2,
  context_digest: 'd',
  approval: 'code',
  durations: { default_seconds: 60, keep_seconds: 120 },
  context: {
    client: { name: 'Shop', host: 'shop.example', verified: false },
    network: 'same',
    requested_at: 0,
    age_seconds: 1,
    desktop: 'new',
    scopes: [],
    duration_seconds: 60,
    strangers: 0,
    opened_by: 'scanner',
  },
});

/** A decision on a ticket `old`, at a server that knows only the ticket `new`. */
function decision({ watched, changed = false }: { watched: boolean; changed?: boolean }) {
  const known = async (_method: string, path: string, { json }: { json: { ticket: string } }) => {
    denied.push(`${path} ${json.ticket}`);
    if (json.ticket === 'old') throw new CountersignError('unknown_login', { status: 404 });
    return { state: 'denied', version: 3 };
  };
  const denied: string[] = [];
  const silent = () => new Promise(() => undefined);
  const session = {
    account: { id: '1', name: 'Anna' },
    sendForJson: known,
    send: watched ? known : silent,
  } as unknown as Session;
  const rescan = vi.fn();
  const scanAnew = vi.fn(async () => answer('new'));
  const run = new Decision({
    stage: new Stage(),
    session,
    answer: answer('old'),
    before: changed ? answer('older') : undefined,
    signal: new AbortController().signal,
    rescan,
    scanAnew,
    scanner: vi.fn(),
    home: vi.fn(),
  }).run();
  return { run, rescan, scanAnew, denied };
}

describe('a ticket that died while the answer that said so was lost', () => {
  test('is replaced by a new one, once, to decline with', async () => {
    const { scanAnew, denied } = decision({ watched: false });
    find(document, 'Decline').click();
    await vi.waitFor(() => expect(denied).toEqual(['/v1/scans/deny old', '/v1/scans/deny new']));
    expect(scanAnew).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(document.querySelector('h1')?.textContent).toBe('Declined'));
  });

  test('has the request shown anew, once', async () => {
    const first = decision({ watched: true });
    await first.run;
    expect(first.rescan).toHaveBeenCalledOnce();
    const second = decision({ watched: true, changed: true });
    await expect(second.run).rejects.toMatchObject({ code: 'unknown_login' });
    expect(second.rescan).not.toHaveBeenCalled();
  });
});
