import { expect, test } from 'vitest';
import { Log, nestLogger, type LogLevel } from './log';
import { outsideWork, within } from './work';

function record(level: LogLevel = 'info', format: 'auto' | 'json' | 'pretty' = 'auto') {
  const lines: string[] = [];
  const log = Log.create({
    name: 'synthesis',
    level,
    format,
    destination: { write: (line) => void lines.push(line) },
  });
  const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, parsed };
}

test('a line of JSON each, with facts, level by name and the bindings of its child', () => {
  const { log, parsed } = record();
  log.child({ topicId: 7 }).info({ nonce: 12 }, 'sealed');
  log.debug({}, 'below the level');
  expect(parsed()).toEqual([
    expect.objectContaining({ level: 'info', name: 'synthesis', topicId: 7, nonce: 12, msg: 'sealed' }),
  ]);
});

test('secrets are blotted out by key, at depth, and passwords out of URLs and errors', () => {
  const { log, lines } = record();
  const databaseUrl = 'postgresql://allora:hunter2@localhost/allora';
  log.info(
    {
      config: { databaseUrl, adminToken: 'hunter2' },
      headers: { authorization: 'Bearer hunter2', 'x-api-key': 'UP-hunter2' },
    },
    'started',
  );
  log.error(
    { error: new Error('cannot reach', { cause: new Error(`refused by ${databaseUrl}`) }) },
    'failed',
  );
  expect(lines.join('')).not.toContain('hunter2');
  expect(lines[0]).toContain('postgresql://allora:***@localhost/allora');
  expect(lines[1]).toContain('refused by postgresql://allora:***@localhost/allora');
});

test("an error's code and causes are told, its other baggage is not", () => {
  const { log, parsed } = record();
  const error = Object.assign(new Error('connection lost'), {
    code: 'ECONNRESET',
    options: { secret: 'hunter2' },
  });
  log.warn({ error }, 'retrying');
  const { stack, ...told } = parsed()[0]?.error as Record<string, unknown>;
  expect(told).toEqual({ type: 'Error', message: 'connection lost', code: 'ECONNRESET' });
  expect(stack).toContain('log.test');
});

test('a line says what the work is for, also behind what it waits for; its own facts count first', async () => {
  const { log, parsed } = record();
  const span = { isBegun: true, context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 } };
  await within({ requestId: 'r1', topicId: 7, nonce: 12, span }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    log.info({ nonce: 13 }, 'sealed');
    outsideWork(() => log.info({}, 'for all'));
    log.detached.child({ part: 'pool' }).warn({}, 'connection lost');
  });
  log.info({}, 'started');
  const [sealed, forAll, lost, started] = parsed();
  expect(sealed).toMatchObject({ requestId: 'r1', topicId: 7, nonce: 13, traceId: 'a'.repeat(32) });
  for (const line of [forAll, lost, started]) expect(line).not.toHaveProperty('requestId');
});

test('pretty on demand', () => {
  const { log, lines } = record('info', 'pretty');
  log.info({}, 'hello');
  expect(lines.join('')).toMatch(/INFO.*hello/);
  expect(lines.join('')).not.toContain('{"');
});

test("Nest's messages: chatter is debug, errors keep their stack", () => {
  const { log, parsed } = record('debug');
  const nest = nestLogger(log);
  nest.log('Mapped {/x, GET} route', 'RouterExplorer');
  nest.error(new Error('broken'), 'ExceptionHandler');
  expect(parsed()).toEqual([
    expect.objectContaining({ level: 'debug', context: 'RouterExplorer' }),
    expect.objectContaining({
      level: 'error',
      error: expect.objectContaining({ message: 'broken' }) as unknown,
    }),
  ]);
});
