/** A stand-in for the server: answers from a list, and remembers what it was asked. */

import { connect, generateDeviceKey } from '../src/index.ts';

export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: string;
  json: Record<string, unknown>;
  proof: Record<string, unknown> | undefined;
  signal: AbortSignal | null | undefined;
}

export type Answer = Response | Error | ((asked: Asked) => Response | Promise<Response>);

export const ISSUER = 'https://login.example';

/** Connects to a stand-in that gives these answers in order, and then fails loudly. */
export async function standIn(...answers: Answer[]) {
  const asked: Asked[] = [];
  const key = await generateDeviceKey();
  const connection = connect({
    issuer: ISSUER,
    key,
    fetch: async (input, init) => {
      const request = read(String(input), init);
      asked.push(request);
      const answer = answers.shift();
      if (!answer) throw new Error(`unexpected request ${request.method} ${request.path}`);
      if (answer instanceof Error) throw answer;
      return answer instanceof Response ? answer : answer(request);
    },
  });
  return { connection, asked, answers };
}

function read(url: string, init: RequestInit | undefined): Asked {
  const headers = new Headers(init?.headers);
  const body = init?.body ? String(init.body) : '';
  const proof = headers.get('DPoP')?.split('.')[1];
  return {
    method: init?.method ?? 'GET',
    path: url.replace(ISSUER, ''),
    headers,
    body,
    json: body.startsWith('{') ? JSON.parse(body) : {},
    proof: proof ? JSON.parse(Buffer.from(proof, 'base64url').toString()) : undefined,
    signal: init?.signal,
  };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

export function problem(status: number, code: string, more: object = {}): Response {
  return json(
    { type: 'about:blank', title: code, status, code, request_id: 'r1', ...more },
    status,
  );
}

/** An event stream that the test writes to by hand. */
export function stream(signal?: AbortSignal | null) {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(c) {
      controller = c;
      signal?.addEventListener('abort', () => c.error(signal.reason));
    },
  });
  const encoder = new TextEncoder();
  return {
    response: new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }),
    write: (text: string) => controller.enqueue(encoder.encode(text)),
    state: (answer: { state: string; version: number }) =>
      controller.enqueue(
        encoder.encode(`event: state\nid: ${answer.version}\ndata: ${JSON.stringify(answer)}\n\n`),
      ),
    end: () => controller.close(),
  };
}
