import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encryptKey, writeKeystore } from '@allora/runner/keys/keystore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './cli';
import { exitCodes } from './exit-codes';
import type { Surroundings } from './surroundings';

let home: string;
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allora-cli-'));
});
afterAll(() => rmSync(home, { recursive: true }));

const password = 'long enough';

async function cli(args: readonly string[], change: Partial<Surroundings> = {}) {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    env: { ALLORA_PASSWORD: password },
    cwd: home,
    home,
    terminal: { in: false, out: false, err: false },
    ask: { secret: () => Promise.reject(new Error('asked')), confirm: () => Promise.resolve(false) },
    readInput: () => Promise.resolve(''),
    untilStopped: () => new AbortController().signal,
    ...change,
  });
  return { code, out, err };
}

const nowhere = ['--url', 'http://127.0.0.1:1'];
const secret = '11'.repeat(32);

describe('keys', () => {
  it('are made in a file of their own, and never replaced', async () => {
    const made = await cli(['keys', 'import', 'one', '--json'], { readInput: () => Promise.resolve(secret) });
    expect(made.code).toBe(exitCodes.done);
    const { file, address } = JSON.parse(made.out) as { file: string; address: string };
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8') + made.out + made.err).not.toContain(secret);
    const listed = await cli(['keys', 'list', '--json']);
    expect(JSON.parse(listed.out)).toEqual([{ name: 'one', address, file, private: true }]);
    const again = await cli(['keys', 'create', 'one']);
    expect([again.code, again.err]).toEqual([exitCodes.key, expect.stringContaining('never overwritten')]);
  });

  it('show their secret only when that is confirmed', async () => {
    expect((await cli(['keys', 'export', 'one'])).out).not.toContain(secret);
    expect((await cli(['keys', 'export', 'one', '--reveal'])).code).toBe(exitCodes.usage);
    const terminal = { in: true, out: true, err: true };
    const refused = await cli(['keys', 'export', 'one', '--reveal'], { terminal });
    expect([refused.code, refused.out]).toEqual([exitCodes.key, '']);
    expect((await cli(['keys', 'export', 'one', '--reveal', '--yes'])).out).toBe(`${secret}\n`);
  });

  it('are opened by their password alone', async () => {
    const wrong = { env: { ALLORA_PASSWORD: 'another one' } };
    expect((await cli(['keys', 'export', 'one', '--reveal', '--yes'], wrong)).code).toBe(exitCodes.key);
    const none = await cli(['keys', 'create', 'two'], { env: {} });
    expect([none.code, none.err]).toEqual([exitCodes.key, expect.stringContaining('ALLORA_PASSWORD_FILE')]);
    expect((await cli(['keys', 'create', 'two'], { env: { ALLORA_PASSWORD: 'short' } })).code).toBe(
      exitCodes.key,
    );
  });

  it('are chosen by name where there are several', async () => {
    const weak = await encryptKey(Buffer.alloc(32, 3), password, { n: 1024, r: 8, p: 1 });
    await writeKeystore(path.join(home, '.allora', 'keys', 'three.json'), weak);
    const unnamed = await cli(['balance', ...nowhere]);
    expect([unnamed.code, unnamed.err]).toEqual([exitCodes.key, expect.stringContaining('one, three')]);
  });
});

describe('exit codes', () => {
  it('tell wrong usage, an absent network and a doctor who is not content apart', async () => {
    writeFileSync(path.join(home, 'bad.yaml'), 'workers: 7\n');
    const at = ['--key', 'one', ...nowhere];
    expect((await cli(['nothing'])).code).toBe(exitCodes.usage);
    expect((await cli(['fund', '-1', '--topic', '1'])).code).toBe(exitCodes.usage);
    expect((await cli(['worker', 'run', '--topic', '1', ...at])).code).toBe(exitCodes.usage);
    const config = await cli(['worker', 'run', '--config', 'bad.yaml', ...at]);
    expect([config.code, config.err]).toEqual([exitCodes.usage, expect.stringContaining('workers')]);
    const absent = await cli(['balance', '--json', ...at]);
    expect([absent.code, JSON.parse(absent.err)]).toMatchObject([
      exitCodes.unreachable,
      { error: { code: 'UNREACHABLE', exitCode: exitCodes.unreachable } },
    ]);
    const doctor = await cli(['doctor', '--json', ...at]);
    expect([doctor.code, JSON.parse(doctor.out)]).toMatchObject([
      exitCodes.notReady,
      {
        ready: false,
        checks: [
          { name: 'connection', state: 'failed' },
          { name: 'key', state: 'ok' },
        ],
      },
    ]);
  });

  it('are zero for help and the version', async () => {
    const { version } = JSON.parse(
      readFileSync(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8'),
    ) as {
      version: string;
    };
    expect(await cli(['--version'])).toMatchObject({ code: exitCodes.done, out: `${version}\n` });
    const help = await cli(['stake', 'add', '--help']);
    expect([help.code, help.out]).toEqual([
      exitCodes.done,
      expect.stringMatching(/Examples:[^]*--key reputer/),
    ]);
  });
});

describe('a backtest', () => {
  const model = ['--module', 'model.mjs'];
  const wrong = async (...args: string[]) => {
    const { code, out, err } = await cli(['backtest', ...args, ...nowhere]);
    expect([code, out]).toEqual([exitCodes.usage, '']);
    return err;
  };

  it('says before anything is read what it lacks', async () => {
    writeFileSync(path.join(home, 'model.mjs'), 'export const infer = () => 1;');
    expect(await wrong(...model)).toContain('no topic is named');
    expect(await wrong('--topic', '1')).toContain('wants a model');
    expect(await wrong('--topic', '1', ...model, '--http', 'http://x')).toContain('exclude each other');
    expect(await wrong('--topic', '1', ...model, '--plot', 'plot.png')).toContain('neither .html nor .svg');
    expect(await wrong('--topic', '1', ...model, '--loss-option', 'std')).toContain('NAME=NUMBER');
    expect(await wrong('--from-record', 'none.jsonl', ...model)).toContain('cannot be read');
    const truth = ['--topic', '1', ...model, '--truth-csv', 'truth.csv', '--truth-column', 'close'];
    expect(await wrong(...truth)).toContain('--truth-time-column or --truth-height-column');
    expect(await wrong(...truth, '--truth-http', 'http://x')).toContain('one truth is enough');
  });

  it('takes the model of a configuration, by its topic', async () => {
    const inference = { type: 'function', module: 'model.mjs' };
    const workers = [1, 2].map((topicId) => ({ topicId, inference }));
    writeFileSync(path.join(home, 'two.json'), JSON.stringify({ workers }));
    expect(await wrong('--config', 'two.json')).toContain('several inferers');
    expect(await wrong('--config', 'two.json', '--topic', '3')).toContain('no inferer of that topic');
    const absent = await cli(['backtest', '--config', 'two.json', '--topic', '2', ...nowhere]);
    expect(absent.code).toBe(exitCodes.unreachable);
  });

  it('refuses a record that is none, and thresholds that cannot be', async () => {
    writeFileSync(path.join(home, 'bad.jsonl'), '{}\n');
    const bad = await cli(['backtest', '--from-record', 'bad.jsonl', ...model]);
    expect([bad.code, bad.err]).toEqual([exitCodes.failed, expect.stringContaining('line 1, format')]);
    const grade = await cli(['grade', '--topic', '1', ...model, '--rank-within', '2']);
    expect([grade.code, grade.err]).toEqual([exitCodes.usage, expect.stringContaining('from 0 to 1')]);
  });

  it('ends at Ctrl-C', async () => {
    const untilStopped = () => AbortSignal.abort();
    const args = ['backtest', '--topic', '1', ...model, ...nowhere];
    expect((await cli(args, { untilStopped })).code).toBe(exitCodes.interrupted);
  });
});

describe('completion', () => {
  it('knows the words behind a command, past options and their values', async () => {
    const { out } = await cli(['completion', 'bash']);
    const words = (...before: string[]) =>
      execFileSync('bash', ['-c', `${out}\n_allora_words "$@"`, 'bash', ...before], {
        encoding: 'utf8',
      }).split(' ');
    expect(words()).toEqual(expect.arrayContaining(['keys', 'worker', 'doctor', '--url', '--json']));
    expect(words('--url', 'keys', 'worker')).toContain('run');
    expect(words('worker', 'run', '--topic', '1')).toEqual(
      expect.arrayContaining(['--command', '--json', '--help']),
    );
    expect(words('completion')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect(() => words('fund', '--topic')).toThrow();
  });

  it('is made for the other shells', async () => {
    expect((await cli(['completion', 'zsh'])).out).toMatch(
      /^#compdef allora\n[^]*'worker run'\) entries=\(.*--command/m,
    );
    expect((await cli(['completion', 'fish'])).out).toContain(`"__allora_at 'worker run'" -l command -r`);
    expect((await cli(['completion', 'tcsh'])).code).toBe(exitCodes.usage);
  });
});
