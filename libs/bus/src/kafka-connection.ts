import { readFileSync } from 'node:fs';
import { connect, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { ISocketFactory, KafkaConfig, SASLOptions } from 'kafkajs';

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export interface KafkaSecurity {
  /** TLS, with the brokers' certificates checked against these files' authorities, or the system's and NODE_EXTRA_CA_CERTS's. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  readonly sasl?: {
    readonly mechanism: (typeof saslMechanisms)[number];
    readonly username: string;
    readonly password: string;
  };
}

export type KafkaConnection = Pick<KafkaConfig, 'ssl' | 'sasl' | 'socketFactory'>;

/** How brokers are reached. Files are read here: one that is missing stops the start, not the first connection. */
export function kafkaConnection({ tls, sasl }: KafkaSecurity = {}): KafkaConnection {
  return {
    ...(tls ? { ssl: { ca: read(tls.caFile), cert: read(tls.certFile), key: read(tls.keyFile) } } : {}),
    ...(sasl ? { sasl: { ...sasl } as SASLOptions } : {}),
    socketFactory,
  };
}

/** As kafkajs's own, but for Nagle's algorithm, which holds small records back for up to 40 ms. */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = { host, port, noDelay: true, keepAlive: true };
  if (!ssl) return connect(socket, onConnect);
  const options: ConnectionOptions = { ...socket, ...ssl, ...(isIP(host) ? {} : { servername: host }) };
  return connectTls(options, onConnect).setNoDelay(true);
};

const read = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, 'utf8');
