import { expect, test } from 'vitest';
import { confirm, createLogin, memoryStore, Session } from '../src/index.ts';
import { json, problem, standIn } from './server.ts';

const SHOWN = { ticket: 't', context_digest: 'd' };

test('a phrase goes with the login and with the decision, and not at all where there is none', async () => {
  const refusal = problem(422, 'wrong_phrase', { tries_left: 2 });
  const answers = [json({}, 201), json({}, 201), refusal, json({})];
  const { connection, asked } = await standIn(...answers);
  const tokens = { access_token: 'a', token_type: 'DPoP', expires_in: 600 };
  const session = await Session.begin(connection, memoryStore(), 'countersign', tokens);
  const device = { kind: 'browser' } as const;
  await createLogin(connection, { clientId: 'c', device, phrase: 'blue geese' });
  await createLogin(connection, { clientId: 'c', device });
  const wrong = confirm(session, SHOWN, { keep: false, phrase: 'grey geese' });
  await expect(wrong).rejects.toMatchObject({ code: 'wrong_phrase', triesLeft: 2 });
  await confirm(session, SHOWN, { keep: false });
  const sent = asked.map(({ json }) => json.phrase);
  expect(sent).toEqual(['blue geese', undefined, 'grey geese', undefined]);
});
