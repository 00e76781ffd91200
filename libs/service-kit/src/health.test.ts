import { expect, test } from 'vitest';
import { HealthProbes } from './health';

test('names the phase until it runs, then whatever fails', async () => {
  const probes = new HealthProbes(50);
  let broken = false;
  probes.add('database', async () => {
    if (broken) throw new Error('away');
  });
  expect(await probes.failing()).toEqual(['starting']);
  probes.enter('running');
  expect(await probes.failing()).toEqual([]);
  broken = true;
  expect(await probes.failing()).toEqual(['database']);
});

test('a probe that hangs or throws at once fails, within its time, without holding up the others', async () => {
  const probes = new HealthProbes(50);
  probes.enter('running');
  probes.add('redis', () => new Promise(() => undefined));
  probes.add('bus', () => {
    throw new Error('no broker');
  });
  probes.add('database', async () => undefined);
  const startedMs = performance.now();
  expect(await probes.failing()).toEqual(['redis', 'bus']);
  expect(performance.now() - startedMs).toBeLessThan(500);
});

test('the stop is told to those who hold answers open', async () => {
  const probes = new HealthProbes();
  probes.enter('running');
  expect(probes.stopping.aborted).toBe(false);
  probes.enter('stopping');
  expect(probes.stopping.aborted).toBe(true);
  expect(await probes.failing()).toEqual(['stopping']);
});

test('a name is taken once', () => {
  const probes = new HealthProbes();
  probes.add('database', async () => undefined);
  expect(() => probes.add('database', async () => undefined)).toThrow('database');
});
