import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  readonly atMs: number;
}

export type Answer = (seen: Seen, response: ServerResponse) => void;

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_seen, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
export const hangUp: Answer = (_seen, response) => response.destroy();
export const silence: Answer = () => undefined;

/** An HTTP server that gives the answers in turn, and the last one for ever. */
export class AnsweringServer {
  readonly seen: Seen[] = [];
  answers: Answer[] = [];
  private readonly server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, text, atMs: Date.now() };
      this.seen.push(one);
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      answer?.(one, response);
    });
  });

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
