import { expect, test } from 'vitest';
import { Log } from './log';
import { StopSteps } from './stop-steps';

const lines: string[] = [];
const log = Log.create({
  name: 'test',
  level: 'info',
  format: 'json',
  destination: { write: (line) => void lines.push(line) },
});

test('last opened is closed first, once', async () => {
  const steps = new StopSteps(log, 1_000);
  const order: string[] = [];
  for (const name of ['database', 'bus', 'http']) steps.add(name, () => void order.push(name));
  const [first, second] = await Promise.all([steps.run(), steps.run()]);
  expect(order).toEqual(['http', 'bus', 'database']);
  expect([first, second]).toEqual([true, true]);
});

test('a step that fails or hangs is named and the rest still happens in time', async () => {
  const steps = new StopSteps(log, 400);
  const order: string[] = [];
  steps.add('database', () => void order.push('database'));
  steps.add('bus', () => new Promise(() => undefined));
  steps.add('grpc', () => {
    throw new Error('broken');
  });
  const startedMs = performance.now();
  expect(await steps.run()).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(900);
  expect(order).toEqual(['database']);
  expect(
    lines.filter((line) => line.includes('"step":"bus"') || line.includes('"step":"grpc"')),
  ).toHaveLength(2);
});
