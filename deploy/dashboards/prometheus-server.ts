import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { alertsFolder } from './rules';

export interface PrometheusServer {
  /** The `data` of an answer of its HTTP interface. */
  ask<T>(pathAndQuery: string): Promise<T>;
  stop(): Promise<void>;
}

interface Target {
  readonly job: string;
  /** host:port. */
  readonly address: string;
}

const startLimitMs = 30_000;

/** The real one, on a folder of its own, with the rules of the chart; it looks every second. */
export async function startPrometheus(
  program: string,
  port: number,
  targets: readonly Target[],
): Promise<PrometheusServer> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'allora-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [path.join(alertsFolder, '*.yml')],
    scrape_configs: targets.map(({ job, address }) => ({
      job_name: job,
      static_configs: [{ targets: [address] }],
    })),
  };
  const file = path.join(dir, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  const child = spawn(
    program,
    [`--config.file=${file}`, `--storage.tsdb.path=${dir}/data`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  for (const endMs = Date.now() + startLimitMs; ; await sleep(100)) {
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answer?.ok) break;
    if (child.exitCode === null && Date.now() < endMs) continue;
    await stop();
    throw new Error(`Prometheus did not start:\n${said}`);
  }
  return {
    stop,
    ask: async <T>(pathAndQuery: string) => {
      const answer = await fetch(url + pathAndQuery);
      const { data, error } = (await answer.json()) as { data: T; error?: string };
      if (!answer.ok) throw new Error(`${pathAndQuery}: ${error}`);
      return data;
    },
  };
}
