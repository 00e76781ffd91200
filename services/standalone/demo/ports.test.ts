import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { stablePorts } from './ports';

it('gives out each port once, also to callers at the same time, and none that is taken', async () => {
  const [next] = await stablePorts(1);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(next! + 2, '127.0.0.1', () => resolve()));
  const given = (await Promise.all([stablePorts(3), stablePorts(1), stablePorts(2)])).flat();
  taken.close();
  expect(new Set(given).size).toBe(6);
  expect(given).not.toContain(next);
  expect(given).not.toContain(next! + 2);
});
