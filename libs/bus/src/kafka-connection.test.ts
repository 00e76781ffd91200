import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import type { ISocketFactoryArgs } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaConnection, type KafkaSecurity } from './kafka-connection';

let folder: string;
const file = (name: string) => path.join(folder, name);

function makeCertificate(name: string): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`), '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...out], { stdio: 'pipe' });
}

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'allora-kafka-tls-'));
  for (const name of ['broker', 'user', 'stranger']) makeCertificate(name);
});
afterAll(() => rmSync(folder, { recursive: true }));

const echo = (socket: Socket) => void socket.pipe(socket).on('error', () => undefined);

const broker = () =>
  createServer(
    {
      cert: readFileSync(file('broker.crt')),
      key: readFileSync(file('broker.key')),
      ca: readFileSync(file('user.crt')),
      requestCert: true,
      rejectUnauthorized: true,
    },
    echo,
  );

/** Connects as kafkajs does, and returns what comes back of a word. */
async function ask(server: Server, security: KafkaSecurity, host = '127.0.0.1'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { socketFactory, ssl } = kafkaConnection(security);
  try {
    return await new Promise<string>((resolve, reject) => {
      const given = { host, port, ssl, onConnect: () => socket.write('word') };
      const socket = socketFactory!(given as ISocketFactoryArgs);
      socket.once('data', (data: Buffer) => (resolve(data.toString()), socket.destroy()));
      socket.once('error', reject).once('close', () => reject(new Error('closed')));
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a connection to a broker', () => {
  it('is plain without security', async () => {
    expect(await ask(createPlainServer(echo), {})).toBe('word');
  });

  it('trusts the authorities it is told of, by name and by address, and shows its certificate', async () => {
    const tls = { caFile: file('broker.crt'), certFile: file('user.crt'), keyFile: file('user.key') };
    expect(await ask(broker(), { tls })).toBe('word');
    expect(await ask(broker(), { tls }, 'localhost')).toBe('word');
  });

  it('trusts nobody else, and is not trusted without a certificate', async () => {
    const tls = { caFile: file('broker.crt'), certFile: file('user.crt'), keyFile: file('user.key') };
    await expect(ask(broker(), { tls: { ...tls, caFile: file('stranger.crt') } })).rejects.toThrow(
      'self-signed',
    );
    await expect(ask(broker(), { tls: { caFile: file('broker.crt') } })).rejects.toThrow();
    await expect(ask(broker(), { tls: {} })).rejects.toThrow('self-signed');
  });

  it('is not tried where a file is missing', () => {
    expect(() => kafkaConnection({ tls: { caFile: file('none.crt') } })).toThrow('ENOENT');
  });

  it('hands the login on to kafkajs', () => {
    const sasl = { mechanism: 'scram-sha-256', username: 'a', password: 'b' } as const;
    expect(kafkaConnection({ sasl })).toMatchObject({ sasl });
    expect(kafkaConnection({})).not.toHaveProperty('ssl');
  });
});
