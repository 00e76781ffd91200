import 'reflect-metadata';
import { createServer, request as requestOf } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Account, createAccount } from '@allora/identity/account';
import { type AlloraClient, createClient } from '@allora/sdk/client';
import type { Topic } from '@allora/sdk/types';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase } from '@allora/store/testing';
import { expect } from 'vitest';
import { fund, topicParams as demoParams } from '../demo/set-up';
import { standaloneConfig } from '../src/config';
import { allModules } from '../src/modules';

export const chainId = 'allora-test-1';
export const ALLO = 10n ** 18n;

/** A whole network in this process, with a clock that the test moves. */
export interface TestNetwork {
  readonly url: string;
  readonly app: RunningApp;
  readonly client: AlloraClient;
  fund(accounts: readonly Account[], besidesUallo?: bigint): Promise<void>;
  createTopic(lossMethod: string, change?: Partial<typeof demoParams>): Promise<Topic>;
  close(): Promise<void>;
}

export async function startTestNetwork(): Promise<TestNetwork> {
  const database = await createTestDatabase();
  const parsed = standaloneConfig.parse({
    ...{ databaseUrl: database.url, databasePoolSize: 30, chainId, clock: 'manual', faucet: 'open' },
    ...{ httpHost: '127.0.0.1', httpPort: 0, grpcHost: '127.0.0.1', grpcPort: 0, logLevel: 'fatal' },
  });
  const config = { ...parsed, databaseUrl: database.url };
  const app = await startApp({ name: 'standalone', config, modules: allModules(config) });
  const client = createClient({ baseUrl: app.httpUrl, chainId });
  let topics = 0;
  let funded = 0;
  return {
    ...{ app, client, url: app.httpUrl },
    fund: (accounts, besidesUallo = 0n) =>
      fund(client, accounts, { requestId: `fees-${++funded}`, besidesUallo }),
    createTopic: async (lossMethod, change = {}) => {
      const creator = createAccount();
      await fund(client, [creator], { requestId: 'creator' });
      const params = { ...demoParams, ...change };
      return client.createTopic(creator, { metadata: '', lossMethod, params, requestId: `t${++topics}` });
    },
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

/** What went over a door to the network, and a way to shut it. */
export interface Door {
  readonly url: string;
  /** Bodies of submissions, in the order in which they came. */
  readonly submissions: readonly { readonly path: string; readonly body: Record<string, unknown> }[];
  /** Those that were answered with a receipt, as `inferences 120`. */
  readonly receipts: ReadonlySet<string>;
  /** While shut, every connection breaks. */
  shut: boolean;
  close(): Promise<void>;
}

const SUBMISSION = /\/v1\/topics\/\d+\/(inferences|forecasts|losses)/;

export async function openDoor(targetUrl: string): Promise<Door> {
  const target = new URL(targetUrl);
  const submissions: { path: string; body: Record<string, unknown> }[] = [];
  const receipts = new Set<string>();
  const door = { shut: false };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      if (door.shut) return incoming.socket.destroy();
      const body = Buffer.concat(chunks);
      const path = incoming.url ?? '/';
      const kind = incoming.method === 'POST' ? SUBMISSION.exec(path)?.[1] : undefined;
      const sent = kind ? (JSON.parse(body.toString()) as Record<string, unknown>) : {};
      if (kind) submissions.push({ path, body: sent });
      const { method, headers } = incoming;
      const outgoing = requestOf(
        { host: target.hostname, port: target.port, path, method: method ?? 'GET', headers },
        (answer) => {
          if (kind && answer.statusCode === 202) receipts.add(`${kind} ${String(sent['nonce'])}`);
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      response.on('close', () => outgoing.destroy());
      outgoing.on('error', () => response.destroy());
      outgoing.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    submissions,
    receipts,
    get shut() {
      return door.shut;
    },
    set shut(value: boolean) {
      door.shut = value;
      if (value) server.closeAllConnections();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asks again until the answer is as wanted. */
export const until = (what: () => unknown, wanted: unknown, timeout = 60_000) =>
  expect.poll(what, { timeout, interval: 20 }).toEqual(wanted);
