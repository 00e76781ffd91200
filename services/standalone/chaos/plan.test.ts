import { describe, expect, it } from 'vitest';
import {
  faultKinds,
  ledgerTargets,
  planFaults,
  purchaseTargets,
  serverTargets,
  serviceTargets,
} from './plan';

describe('the plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults('1', 'ingest', 2)).toEqual(planFaults('1', 'ingest', 2));
    expect(planFaults('1', 'ingest', 2).sha256).not.toBe(planFaults('2', 'ingest', 2).sha256);
    expect(planFaults('1', 'ingest', 2).sha256).not.toBe(planFaults('1', 'epoch', 2).sha256);
  });

  it('kills every service, the broker, the database and Redis within two minutes', () => {
    for (const seed of ['1', '2', '3']) {
      const killed = planFaults(seed, 'ingest', 2)
        .faults.filter(({ kind }) => kind === 'kill')
        .map(({ target }) => target);
      expect(killed).toEqual(expect.arrayContaining([...serviceTargets, ...serverTargets]));
    }
  });

  it('kills both replicas of rewards and the servers in a run on the ledger, and touches nothing else', () => {
    const { faults } = planFaults('1', 'ledger', 3);
    const targets = [...ledgerTargets, ...serverTargets];
    const killed = faults.filter(({ kind }) => kind === 'kill').map(({ target }) => target);
    expect(killed).toEqual(expect.arrayContaining(targets));
    expect(faults.filter(({ target }) => !(targets as readonly string[]).includes(target))).toEqual([]);
  });

  it('kills both gateways, rewards and the servers in a run of purchases', () => {
    const { faults } = planFaults('1', 'purchases', 2);
    const targets = [...purchaseTargets, ...serverTargets];
    const killed = faults.filter(({ kind }) => kind === 'kill').map(({ target }) => target);
    expect(killed).toEqual(expect.arrayContaining(targets));
    expect(faults.filter(({ target }) => !(targets as readonly string[]).includes(target))).toEqual([]);
  });

  it('has every kind of fault in a long run', () => {
    const kinds = new Set(planFaults('1', 'epoch', 10).faults.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...faultKinds].sort());
  });

  it('lets each target rest between its faults, and is over in time', () => {
    const { faults } = planFaults('7', 'ingest', 10);
    const freeAtMs = new Map<string, number>();
    for (const { atMs, target, durationMs } of faults) {
      expect(atMs).toBeGreaterThanOrEqual(freeAtMs.get(target) ?? 0);
      expect(atMs + durationMs).toBeLessThanOrEqual(600_000);
      freeAtMs.set(target, atMs + durationMs + 5_000);
    }
  });

  it('lets some processes live through the end of a long run', () => {
    const ended = planFaults('4', 'ingest', 10).faults.filter(
      ({ atMs, kind, target }) =>
        atMs > 360_000 && target === 'inference-ingest-1' && ['kill', 'restart', 'redeliver'].includes(kind),
    );
    expect(ended).toEqual([]);
  });

  it('holds for a tenth of a minute', () => {
    expect(planFaults('1', 'ingest', 0.1).faults.length).toBeGreaterThan(0);
  });
});
