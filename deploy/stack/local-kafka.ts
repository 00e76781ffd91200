import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalProgram } from './local-program';
import { probes } from './probe';
import { freePort, startDaemon, stopDaemon } from './processes';
import { findProgram, requireProgram, retried, run } from './programs';

const here = path.join(import.meta.dirname, 'kafka');
const pom = path.join(here, 'pom.xml');
/** Shared by all stacks of this checkout and kept by `down --purge`: jars are no data. */
const cache = path.resolve(import.meta.dirname, '..', '..', '.stack', 'cache');

export const kafka: LocalProgram = {
  async start({ dir, port, advertisedPort = port, log }) {
    const version = /<kafka\.version>(.+)</.exec(readFileSync(pom, 'utf8'))?.[1] ?? '';
    const java = await findJava(log);
    const jars = await requireJars(version, log);
    const dataDir = path.join(dir, 'data');
    mkdirSync(dataDir, { recursive: true });
    const properties = path.join(dir, 'server.properties');
    const controllerPort = await freePort(port + 1);
    writeFileSync(properties, serverProperties({ port, advertisedPort, controllerPort, dataDir }));
    const jvm = [
      '-cp',
      path.join(jars, '*'),
      `-Dlog4j.configuration=file:${path.join(here, 'log4j.properties')}`,
    ];
    if (!existsSync(path.join(dataDir, 'meta.properties'))) {
      const clusterId = randomBytes(16).toString('base64url');
      const format = [
        'kafka.tools.StorageTool',
        'format',
        '--ignore-formatted',
        // In one piece: an id may begin with a dash.
        `--cluster-id=${clusterId}`,
        '-c',
        properties,
      ];
      await run(java, [...jvm, '-XX:TieredStopAtLevel=1', ...format]);
    }
    const address = `127.0.0.1:${port}`;
    const logFile = path.join(dir, 'kafka.log');
    const args = ['-Xms128m', '-Xmx512m', ...givenOptions(), ...jvm, 'kafka.Kafka', properties];
    const answers = () => probes.kafka(address);
    const { pid } = await startDaemon({
      part: 'kafka',
      program: java,
      args,
      dir,
      logFile,
      mark: properties,
      answers,
    });
    return { address, port, pid, version, dataDir, logFile };
  },

  stop: (dir) => stopDaemon(dir, path.join(dir, 'server.properties')),

  purge: (dir) => rmSync(dir, { recursive: true, force: true }),
};

/** By the name that Kafka's own scripts know. */
const givenOptions = (): string[] => (process.env.KAFKA_OPTS ?? '').split(' ').filter(Boolean);

async function findJava(log: (line: string) => void): Promise<string> {
  const home = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : undefined;
  if (home && existsSync(home)) return home;
  return findProgram('java') ?? requireProgram('java', 'openjdk-17-jre-headless', 'KAFKA_BROKERS', log);
}

async function requireJars(version: string, log: (line: string) => void): Promise<string> {
  const jars = path.join(cache, `kafka-${version}`);
  if (existsSync(jars)) return jars;
  const maven = await requireProgram('mvn', 'maven', 'KAFKA_BROKERS', log);
  log(`fetching Apache Kafka ${version} (about 50 MB)`);
  const draft = `${jars}.${process.pid}`;
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${draft}`];
  await retried(() => run(maven, [...args, '-DincludeScope=runtime']), log);
  try {
    renameSync(draft, jars);
  } catch {
    rmSync(draft, { recursive: true, force: true }); // another stack was first
  }
  return jars;
}

/** One node that is broker and controller, tuned to start fast and to keep little. */
function serverProperties({
  port,
  advertisedPort,
  controllerPort,
  dataDir,
}: {
  port: number;
  advertisedPort: number;
  controllerPort: number;
  dataDir: string;
}) {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertisedPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataDir,
    'auto.create.topics.enable': false, // topics come from the catalog only
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000, // tests of rebalances do not wait for the default six seconds
    // After a kill the controller refuses the broker until its old session has run out; the default is nine seconds.
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 1_000,
    'message.max.bytes': 9 * 1024 * 1024, // records go up to 8 MiB, plus their batch's overhead
    'replica.fetch.max.bytes': 9 * 1024 * 1024,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024, // the default takes a quarter of this heap
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
