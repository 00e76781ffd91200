import { expect, it } from 'vitest';
import { readDeadLetter } from '../src/dead-letters';
import { seal } from '../src/envelope';
import type { ContractStage } from './contract-stage';
import { eventually, fact, recordEffect, testOptions, upTo } from './support';

/** Failing handlers, spoilt records, outages. */
export function failuresContract(stage: ContractStage): void {
  const { fresh, service, numbers, lettersOf } = stage;

  it('tries a failing handler again, then puts the record aside and goes on', async () => {
    const { service: name, topic } = await fresh();
    const { bus, metric } = service(name);
    const attempts = new Map<number, number>();
    bus.on(topic, async (message, unit) => {
      await recordEffect(unit, name, message);
      const attempt = (attempts.get(message.height) ?? 0) + 1;
      attempts.set(message.height, attempt);
      if (message.height === 3) throw new Error('always');
      if (message.height === 5 && attempt < 3) throw new Error('twice');
    });
    await bus.start();
    await bus.append(topic, [...upTo(6).map((n) => fact(1, n)), ...upTo(6).map((n) => fact(2, 10 + n))]);
    await eventually(
      () => numbers(name),
      (all) => all.length === 11,
    );
    expect(await numbers(name, 1)).toEqual([1, 2, 4, 5, 6]);
    expect(await numbers(name, 2)).toEqual([11, 12, 13, 14, 15, 16]);
    expect([attempts.get(3), attempts.get(5)]).toEqual([3, 3]);
    const letters = (await lettersOf(topic.name)).map((stored) => readDeadLetter(stored).letter);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ service: name, topic: topic.name, key: '1', attempts: 3 });
    expect(letters[0]!.error).toContain('always');
    expect(await metric('allora_bus_dead_lettered_total', { reason: 'handler_failed' })).toBe(1);
    expect(await metric('allora_bus_retried_total', { cause: 'handler' })).toBe(4);
  });

  it('goes on past bytes that are no envelope, or of another message', async () => {
    const { service: name, topic } = await fresh();
    const { bus, metric } = service(name);
    bus.on(topic, (message, unit) => recordEffect(unit, name, message));
    await bus.start();
    const foreign = seal({ ...topic, schema: 'allora.topics.v1.Topic' }, fact(1, 9), {
      nowMs: 1,
      traceParent: '',
    });
    await stage.transport.append(topic.name, [
      { key: '1', value: Buffer.from([0xff, 0xff, 0xff]) },
      { key: '1', value: new Uint8Array(0) },
      foreign,
    ]);
    await bus.append(topic, [fact(1, 1)]);
    await eventually(
      () => numbers(name),
      (all) => all.length === 1,
    );
    const letters = await lettersOf(topic.name);
    expect(letters.map((stored) => Buffer.from(readDeadLetter(stored).record.value).toString('hex'))).toEqual(
      ['ffffff', '', Buffer.from(foreign.value).toString('hex')],
    );
    expect(await metric('allora_bus_dead_lettered_total', { reason: 'undecodable' })).toBe(3);
  });

  it('replays dead letters once each, and only those of the service', async () => {
    const { service: name, topic } = await fresh();
    let mended = new Set<number>();
    const startService = async (serviceName: string) => {
      const { bus } = service(serviceName);
      bus.on(topic, async (message, unit) => {
        if (message.height > 2 && !mended.has(message.height)) throw new Error('not mended');
        await recordEffect(unit, serviceName, message);
      });
      await bus.start();
      return bus;
    };
    const [one, other] = [await startService(name), await startService(`${name}-other`)];
    await one.append(
      topic,
      upTo(4).map((n) => fact(1, n)),
    );
    await eventually(
      () => lettersOf(topic.name),
      (letters) => letters.length === 4,
    );
    mended = new Set([3]);
    expect(await one.replayDeadLetters(topic)).toEqual({ replayed: 1, failed: 1 });
    expect(await numbers(name)).toEqual([1, 2, 3]);
    mended = new Set([3, 4]);
    expect(await one.replayDeadLetters(topic)).toEqual({ replayed: 1, failed: 0 });
    expect(await one.replayDeadLetters(topic)).toEqual({ replayed: 0, failed: 0 });
    expect(await numbers(name)).toEqual([1, 2, 3, 4]);
    expect(await numbers(`${name}-other`)).toEqual([1, 2]);
    expect(await other.replayDeadLetters(topic)).toEqual({ replayed: 2, failed: 0 });
  });

  it('lists the dead letters that wait for a replay, and moves none of them', async () => {
    const { service: name, topic } = await fresh();
    const mended = new Set<number>();
    const startService = async (serviceName: string) => {
      const { bus } = service(serviceName);
      bus.on(topic, async (message, unit) => {
        if (message.height > 1 && !mended.has(message.height)) throw new Error('not mended');
        await recordEffect(unit, serviceName, message);
      });
      await bus.start();
      return bus;
    };
    const [one] = [await startService(name), await startService(`${name}-other`)];
    expect(await one.listDeadLetters(topic, { limit: 10 })).toEqual([]);
    await stage.transport.append(topic.name, [{ key: '1', value: Buffer.from([0xff, 0xff, 0xff]) }]);
    const [position] = await one.append(topic, [fact(1, 2)]);
    await one.append(topic, [fact(1, 1), fact(2, 3), fact(3, 4)]);
    await eventually(
      () => lettersOf(topic.name),
      (letters) => letters.length === 8,
    );
    const listed = await one.listDeadLetters(topic, { limit: 10 });
    expect(listed.map(({ reason }) => reason).sort()).toEqual([
      ...['handler_failed', 'handler_failed', 'handler_failed', 'undecodable'],
    ]);
    const handlerFailed = listed.find(({ eventId, key }) => eventId !== '' && key === '1');
    expect(handlerFailed).toMatchObject({
      service: name,
      topic: topic.name,
      reason: 'handler_failed',
      attempts: testOptions.maxAttempts,
      key: '1',
      position,
      schema: topic.schema,
    });
    expect(handlerFailed?.error).toMatch(/^Error: not mended/);
    expect(handlerFailed?.failedAtMs).toBeGreaterThanOrEqual(handlerFailed?.appendedAtMs ?? Infinity);
    expect(listed.find(({ reason }) => reason === 'undecodable')).toMatchObject({
      ...{ schema: '', eventId: '', bytes: 3, key: '1' },
    });
    expect(await one.listDeadLetters(topic, { limit: 2 })).toHaveLength(2);
    expect(await one.listDeadLetters(topic, { limit: 10 })).toEqual(listed);

    for (const height of [2, 3]) mended.add(height);
    expect(await one.replayDeadLetters(topic)).toEqual({ replayed: 2, failed: 2 });
    const left = await one.listDeadLetters(topic, { limit: 10 });
    expect(left.map(({ reason, key }) => `${reason} ${key}`).sort()).toEqual([
      'handler_failed 3',
      'undecodable 1',
    ]);
  });

  it('waits out an outage, however long, and gives up no record for it', async () => {
    const { service: name, topic } = await fresh();
    const { bus, metric } = service(name);
    let outages = 12;
    bus.on(topic, async (message, unit) => {
      if (outages-- > 0) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      await recordEffect(unit, name, message);
    });
    await bus.start();
    await bus.append(topic, [fact(1, 1), fact(1, 2)]);
    await eventually(
      () => numbers(name),
      (all) => all.length === 2,
    );
    expect(await numbers(name)).toEqual([1, 2]);
    expect(await metric('allora_bus_dead_lettered_total')).toBe(0);
    expect(await metric('allora_bus_retried_total', { cause: 'infrastructure' })).toBe(12);
  });

  it('stops in the middle of an outage without losing the record', async () => {
    const { service: name, topic } = await fresh();
    const away = service(name);
    away.bus.on(topic, () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })));
    await away.bus.start();
    await away.bus.append(topic, [fact(1, 1)]);
    await eventually(
      () => away.metric('allora_bus_retried_total'),
      (retries) => retries > 1,
    );
    await away.bus.drain();
    const back = service(name);
    back.bus.on(topic, (message, unit) => recordEffect(unit, name, message));
    await back.bus.start();
    await eventually(
      () => numbers(name),
      (all) => all.length === 1,
    );
  });
}
