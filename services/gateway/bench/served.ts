import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { NODE, type Pinned, startPinned } from '../../../deploy/bench/pinned';
import { TOPIC_ID } from './network';

const root = path.resolve(import.meta.dirname, '../../..');
const [httpPort, grpcPort] = [18_080, 19_080];

const memory = z.object({ rss: z.number(), heapUsed: z.number(), external: z.number() });
export type Memory = z.output<typeof memory>;

export interface ServedGiven {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  readonly topicPrefix: string;
}

/** A built gateway in a process of its own, on the measured core. */
export class Served {
  readonly port = httpPort;
  readonly path = `/v1/topics/${TOPIC_ID}/inference`;
  readonly url = `http://127.0.0.1:${httpPort}${this.path}`;

  private constructor(readonly process: Pinned) {}

  static start({ databaseUrl, kafkaBrokers, redisUrl, topicPrefix }: ServedGiven): Served {
    const probe = path.join(import.meta.dirname, 'memory-probe.mjs');
    const main = path.join(root, 'dist/services/gateway/main.js');
    const pinned = startPinned([...NODE, '--expose-gc', '--import', probe, main], {
      ...{ DATABASE_URL: databaseUrl, BUS: 'kafka', KAFKA_BROKERS: kafkaBrokers, KAFKA_PARTITIONS: '1' },
      ...{
        BUS_TOPIC_PREFIX: topicPrefix,
        REDIS_URL: redisUrl,
        CHAIN_ID: `bench-${randomBytes(4).toString('hex')}`,
      },
      ...{
        HTTP_PORT: String(httpPort),
        GRPC_PORT: String(grpcPort),
        LOG_LEVEL: 'error',
        LOG_FORMAT: 'json',
      },
      ...{ COORDINATOR_GRPC_ADDRESS: '127.0.0.1:1', NETWORK_KEY: '01'.repeat(32) },
      // In force, and never reached.
      ...{ RATE_LIMIT_PER_ADDRESS: '1000000000' },
    });
    return new Served(pinned);
  }

  /** It listens, and hears of what is told from then on. */
  async ready(): Promise<void> {
    await this.asked(`http://127.0.0.1:${httpPort}/health/ready`);
  }

  /** As soon as there is one: how many bytes, and the headers that are not Fastify's own or Node's. */
  async firstAnswer(): Promise<{ bytes: number; headers: Record<string, string> }> {
    const answer = await this.asked(this.url);
    const added = ['connection', 'content-length', 'date', 'keep-alive'];
    const headers = [...answer.headers].filter(([name]) => !added.includes(name));
    return { bytes: (await answer.arrayBuffer()).byteLength, headers: Object.fromEntries(headers) };
  }

  private async asked(url: string): Promise<Response> {
    for (;;) {
      const { child } = this.process;
      if (child.exitCode !== null) throw new Error(`the gateway has ended with ${child.exitCode}`);
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.ok) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** After a collection of garbage. */
  async memory(): Promise<Memory> {
    // taskset has become what it started.
    this.process.child.kill('SIGUSR2');
    for (;;) {
      const line = await this.process.line();
      if (line.startsWith('memory ')) return memory.parse(JSON.parse(line.slice('memory '.length)));
    }
  }
}
