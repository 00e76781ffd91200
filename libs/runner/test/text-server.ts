import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TextAnswer {
  readonly status?: number;
  readonly body: string;
}

/** Answers texts by path; null: never. */
export class TextServer {
  readonly seen: { readonly path: string; readonly body: string }[] = [];
  private readonly server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const path = request.url ?? '';
      this.seen.push({ path, body });
      const answer = this.answer(path, body);
      if (answer !== null) response.writeHead(answer.status ?? 200).end(answer.body);
    });
  });

  constructor(private readonly answer: (path: string, body: string) => TextAnswer | null) {}

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
