/** Starts the real program on a free port with a data folder of its own, and stops it again. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const TARGET = process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache', 'countersign', 'target');
const PROGRAM = process.env.COUNTERSIGN_BIN ?? join(TARGET, 'debug', 'countersign');
const START_MILLISECONDS = 30_000;

export const PASSWORD = 'correct horse battery';

/** Tests take fresh phones at will; those about a phone that waits say so. */
const PHONES = '[phones]\nadditional = "open"\n';

/** All people of a run sit at one address, and most are anna; tests about limits say so. */
const LIMITS =
  '[limits]\nsign_ins = 10000\naccount_sign_ins = 10000\nprompts = 10000\nconnections = 10000\n';

export interface Server {
  issuer: string;
  /** Adds an account with `PASSWORD`. */
  addAccount(name: string): void;
  /** Makes an invitation, for a new account or one that is there, and gives its link. */
  invite(name: string): string;
  /** Ends the program and keeps its data. */
  pause(): Promise<void>;
  /** Kills the program (SIGKILL): it can finish nothing. Keeps its data. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  resume(): Promise<void>;
  /** Ends the program and removes its data. */
  stop(): Promise<void>;
}

/** Lifetimes in seconds that a test wants shorter than usual, by name. */
export type Lifetimes = Record<string, number>;

/**
 * Starts a server with the account `anna`; `more` are further lines of its config file.
 * A missing program is a failure that says how to get it.
 */
export async function startServer(lifetimes: Lifetimes = {}, more = ''): Promise<Server> {
  if (!existsSync(PROGRAM)) {
    throw new Error(`no program at ${PROGRAM}: run "cargo build", or set COUNTERSIGN_BIN`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'countersign-browser-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const args = ['serve', '--data', data, '--listen', `127.0.0.1:${port}`];
  const config = join(folder, 'countersign.toml');
  const lines = Object.entries(lifetimes).map(([name, seconds]) => `${name} = ${seconds}`);
  const usual = [PHONES, LIMITS].filter(part => !more.includes(part.split('\n')[0] ?? ''));
  writeFileSync(config, `[lifetimes]\n${lines.join('\n')}\n${usual.join('')}${more}\n`);
  args.push('--config', config);
  let child = await run(args, issuer);
  const account = (...command: string[]): string => {
    const all = ['account', ...command, '--data', data];
    const done = spawnSync(PROGRAM, all, { input: PASSWORD, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`account ${command[0]} failed: ${done.stderr}`);
    return done.stdout.trim();
  };
  const addAccount = (name: string) => {
    account('add', name, '--password-stdin');
  };
  addAccount('anna');
  return {
    issuer,
    addAccount,
    invite: name => account('invite', name, '--issuer', issuer),
    pause: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    resume: async () => {
      child = await run(args, issuer);
    },
    stop: async () => {
      await end(child, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the program and waits for its first answer. */
async function run(args: string[], issuer: string): Promise<ChildProcess> {
  const child = spawn(PROGRAM, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  child.stdout.on('data', chunk => log.push(String(chunk)));
  child.stderr.on('data', chunk => log.push(String(chunk)));
  await answering(issuer, child, log);
  return child;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/** Waits for the first answer; a program that ends instead is reported with all that it said. */
async function answering(issuer: string, child: ChildProcess, log: string[]): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${issuer}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the server did not start:\n${log.join('')}`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
