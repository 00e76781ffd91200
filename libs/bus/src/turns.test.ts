import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KeyedTurns, Slots } from './turns';

describe('turns', () => {
  it('are taken one by one within a key, and side by side between keys', async () => {
    const turns = new KeyedTurns();
    const story: string[] = [];
    const step = (key: string, name: string) =>
      turns.run(key, async () => {
        story.push(`${name} in`);
        await sleep(5);
        story.push(`${name} out`);
      });
    await Promise.all([step('a', 'a1'), step('a', 'a2'), step('b', 'b1')]);
    expect(story.slice(0, 2)).toEqual(['a1 in', 'b1 in']);
    expect(story.indexOf('a2 in')).toBeGreaterThan(story.indexOf('a1 out'));
  });

  it('go on after one that failed', async () => {
    const turns = new KeyedTurns();
    const failed = turns.run('a', () => Promise.reject(new Error('no')));
    const next = turns.run('a', () => Promise.resolve(2));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(2);
  });
});

describe('slots', () => {
  it('let no more in than there are', async () => {
    const slots = new Slots(3);
    let [inside, most] = [0, 0];
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
    };
    await Promise.all(Array.from({ length: 20 }, () => slots.run(work)));
    expect([inside, most]).toEqual([0, 3]);
  });
});
