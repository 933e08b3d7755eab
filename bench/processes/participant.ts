import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** How to start a participant, and where it says what it lacks. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Thrown where a participant cannot take part here; the message says what to install. */
export class MissingError extends Error {}

/** A process that answers each line of JSON on its standard input with one on its standard output. */
export class Participant {
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly ended: Promise<number | null>;
  private isThere = true;
  private output = '';
  private errors = '';
  private onLine: (() => void) | undefined;

  constructor({ program, args, env = {} }: Command) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.onLine?.();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-4000);
    });
    // Of a process that ended while it was written to; `reply` tells how it ended.
    this.child.stdin.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.isThere = false;
        this.errors += error.message;
        resolve(null);
      });
      this.child.on('close', resolve);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Sends a question and resolves to the answer. */
  ask<T>(question: object): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    return this.reply<T>();
  }

  /**
   * Resolves to the next line.
   *
   * @throws MissingError for a line `{"missing": ...}`, Error with the end of standard error if the process ends first
   */
  async reply<T>(): Promise<T> {
    const line = await Promise.race([this.nextLine(), this.ended.then((code) => ({ code }))]);
    if (!this.isThere) throw new MissingError(this.errors);
    if (typeof line !== 'string') {
      throw new Error(`ended with ${line.code}: ${this.errors.trim().split('\n').slice(-3).join(' | ')}`);
    }
    const reply = JSON.parse(line) as T & { missing?: string };
    if (reply.missing !== undefined) throw new MissingError(reply.missing);
    return reply;
  }

  /** Ends the process, and resolves when its memory is free. */
  async close(): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(timer);
  }

  private async nextLine(): Promise<string> {
    for (;;) {
      const end = this.output.indexOf('\n');
      if (end >= 0) {
        const line = this.output.slice(0, end);
        this.output = this.output.slice(end + 1);
        // Libraries print to standard output what they like.
        if (line.startsWith('{')) return line;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.onLine = resolve;
      });
    }
  }
}
