/** A page whose server answers from a list, by method and path; what it was asked is remembered. */

import {
  connect,
  generateDeviceKey,
  Session,
  type SessionStore,
  type StoredSession,
} from '@countersign/browser';
import type { Page } from '../src/page.ts';
import { Stage } from '../src/stage.ts';

type Answer = Response | Error | ((json: Record<string, unknown>) => Response);

export interface Answers {
  page: Page;
  store: SessionStore;
  /** `METHOD path` with what was sent, in order. */
  asked: [string, Record<string, unknown>][];
  /** Adds answers to a question; the last one stays. */
  answer: (what: string, ...answers: Answer[]) => void;
}

export const DONE = new Response(null, { status: 204 });

/** What a sign-in answers. */
export const SIGNED_IN = {
  access_token: 'a',
  token_type: 'DPoP',
  expires_in: 600,
  refresh_token: 'r',
  account: { id: '1', name: 'Anna', login: 'anna' },
  device: { id: '2', name: 'Firefox', kind: 'browser' },
  role: 'phone',
  may_approve: true,
};

export async function answers(): Promise<Answers> {
  const asked: Answers['asked'] = [];
  const prepared = new Map<string, Answer[]>();
  const key = await generateDeviceKey();
  const connection = connect({
    issuer: 'https://login.example',
    key,
    fetch: async (input, init = {}) => {
      const what = `${init.method} ${String(input).replace('https://login.example', '')}`;
      const json = typeof init.body === 'string' ? JSON.parse(init.body) : {};
      asked.push([what, json]);
      const list = prepared.get(what) ?? [];
      const answer = list.length > 1 ? list.shift() : list[0];
      if (answer === undefined) throw new Error(`unexpected request ${what}`);
      if (answer instanceof Error) throw answer;
      return answer instanceof Response ? answer.clone() : answer(json);
    },
  });
  const store = memory();
  const storage = { deviceKey: async () => key, sessions: () => store };
  return {
    page: { stage: new Stage(), connection, storage, host: 'login.example' },
    store,
    asked,
    answer: (what, ...more) => prepared.set(what, [...(prepared.get(what) ?? []), ...more]),
  };
}

/** A phone that is signed in. */
export function signedIn({ page, store }: Answers): Promise<Session> {
  return Session.begin(page.connection, store, 'countersign', SIGNED_IN as never);
}

function memory(): SessionStore {
  let kept: StoredSession | undefined;
  return {
    name: 'phone',
    load: async () => kept,
    save: async session => {
      kept = session;
    },
    clear: async () => {
      kept = undefined;
    },
  };
}
