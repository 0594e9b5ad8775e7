/** A real HTTP server that knows one login and its waits, with the ways in which networks go wrong. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoginState } from '../src/index.ts';

/** What stands between: streams pass, are held back until their end, or are cut after the first event. */
export type Way = 'clear' | 'buffers streams' | 'holds all back' | 'cuts streams' | 'falls silent';

/** How a wait was asked for. */
type Asked = 'stream' | 'long-poll' | 'poll';

export class LoginServer {
  way: Way = 'clear';
  /** Refuses waits with this status and code. */
  refusal: [number, string] | undefined;
  readonly asked: Asked[] = [];
  readonly #waits = new Set<{ asked: Asked; response: ServerResponse }>();
  #state: LoginState = 'waiting';
  #version = 1;
  #server: Server | undefined;
  #port = 0;

  /** Starts, on the same port as before. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => this.#take(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends like a killed process: every connection dies. The login stays. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How many waits are open now, of any kind. */
  get open(): number {
    return this.#waits.size;
  }

  /** Moves the login on, and tells who waits. */
  move(state: LoginState): void {
    this.#state = state;
    this.#version += 1;
    for (const wait of [...this.#waits]) this.#tell(wait);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { version } = JSON.parse(Buffer.concat(chunks).toString()) as { version?: number };
    const asked = howAsked(request);
    this.asked.push(asked);
    if (this.refusal) {
      const [status, code] = this.refusal;
      response.writeHead(status, {
        'Content-Type': 'application/problem+json',
        'Retry-After': '1',
      });
      response.end(JSON.stringify({ code }));
      return;
    }
    const wait = { asked, response };
    const held = asked === 'long-poll' && version === this.#version;
    if (asked === 'stream' || held) {
      this.#waits.add(wait);
      response.once('close', () => this.#waits.delete(wait));
    }
    if (!held) this.#tell(wait);
  }

  #tell(wait: { asked: Asked; response: ServerResponse }): void {
    const { asked, response } = wait;
    if (this.way === 'holds all back' && asked !== 'poll') return;
    const answer = { state: this.#state, version: this.#version, expires_in: 300, interval: 0.05 };
    if (asked !== 'stream') {
      this.#waits.delete(wait);
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
      return;
    }
    if (this.way === 'buffers streams') return;
    if (this.way === 'falls silent' && response.headersSent) return;
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const event = `event: state\nid: ${answer.version}\ndata: ${JSON.stringify(answer)}\n\n`;
    if (this.way === 'cuts streams') response.write(event, () => response.destroy());
    else response.write(event);
  }
}

function howAsked({ headers }: IncomingMessage): Asked {
  if (headers.accept === 'text/event-stream') return 'stream';
  return headers.prefer ? 'long-poll' : 'poll';
}
