import { describe, expect, it } from 'vitest';
import { createPrinter } from './print';
import type { EpochReport } from './report';
import { runDemo } from './run-demo';
import { summaryLines } from './print';
import { offlineNetwork } from './testing/offline-network';

const EPOCHS = 60;

async function play(seed: string, epochs = EPOCHS) {
  const reports: EpochReport[] = [];
  const client = offlineNetwork();
  const summary = await runDemo({ client, epochs, seed, onEpoch: (report) => reports.push(report) });
  return { summary, reports };
}

describe('a replay', () => {
  it('settles every epoch in order and ends with a summary of them', async () => {
    const { summary, reports } = await play('1');
    expect(reports.map(({ epoch }) => epoch)).toEqual(Array.from({ length: EPOCHS }, (_, n) => n));
    expect(summary.epochs).toBe(EPOCHS);
    expect(reports[0]).toMatchObject({ mode: 'median', naive: null, interval68: null });
    expect(summary.modes).toMatchObject({ median: 1 });
    expect(summary.meanLosses!.epochs).toBe(EPOCHS - 1);
    expect(summary.modes['weighted']).toBeGreaterThan(30);
    expect(Object.keys(summary.meanLossesWeighted!.inferers)).toHaveLength(11);
    expect(Object.keys(summary.meanLossesWeighted!.forecasters)).toHaveLength(3);
    expect(summary.paidUallo).toEqual({
      inferers: 11n * BigInt(EPOCHS) * 10n ** 15n,
      forecasters: 0n,
      reputers: 0n,
    });
    expect(summaryLines(summary).join('\n')).toContain(summary.inferencesSha256);
  });

  it('of the same seed is the same to the last bit, of another another', async () => {
    const [one, again, other] = [await play('1', 25), await play('1', 25), await play('2', 25)];
    expect(again.summary.inferencesSha256).toBe(one.summary.inferencesSha256);
    expect(again.reports).toEqual(one.reports);
    expect(other.summary.inferencesSha256).not.toBe(one.summary.inferencesSha256);
  });

  it('keeps the deliberately bad worker away from the answer', async () => {
    const { summary, reports } = await play('3', 120);
    const { inferers, network } = summary.meanLossesWeighted!;
    expect(inferers['gambler']).toBe(Math.max(...Object.values(inferers)));
    expect(network).toBeLessThan(inferers['gambler']! - 0.5);
    expect(reports.at(-1)!.topWeights.map(({ name }) => name)).not.toContain('gambler');
  });
});

describe('a live run', () => {
  it('goes on after the replay until it is stopped, with the same replay', async () => {
    const stop = new AbortController();
    const reports: EpochReport[] = [];
    const summaries: string[] = [];
    await runDemo({
      client: offlineNetwork(),
      epochs: 25,
      seed: '1',
      onEpoch: (report) => {
        reports.push(report);
        if (reports.length === 30) stop.abort();
      },
      onSummary: ({ inferencesSha256 }) => summaries.push(inferencesSha256),
      live: { epochMs: 1, signal: stop.signal },
    });
    expect(reports).toHaveLength(30);
    expect(summaries).toEqual([(await play('1', 25)).summary.inferencesSha256]);
  });

  it('leaves its windows open for others, who know the price of the day', async () => {
    const stop = new AbortController();
    const network = offlineNetwork();
    const told: { readonly height: number; readonly atMs: number }[] = [];
    const days: { readonly height: number; readonly close: number }[] = [];
    const truths: number[] = [];
    await runDemo({
      client: {
        ...network,
        advanceClock: (height) => {
          told.push({ height, atMs: performance.now() });
          return network.advanceClock(height);
        },
      },
      epochs: 3,
      seed: '1',
      onDay: (height, history) => days.push({ height, close: history.at(-1)!.close }),
      onEpoch: ({ truth }) => {
        truths.push(truth);
        if (truths.length === 6) stop.abort();
      },
      live: { epochMs: 200, signal: stop.signal },
    });
    const firstLive = told.findIndex(({ height }, i) => told[i + 1]!.height - height < 10);
    const [opened, closed] = told.slice(firstLive, firstLive + 2);
    expect(closed!.height - opened!.height).toBe(4);
    expect(closed!.atMs - opened!.atMs).toBeGreaterThan(80);
    expect(days.map(({ height }) => height)).toEqual(days.map((_, i) => days[0]!.height + 10 * i));
    expect(days.slice(1, 7).map(({ close }) => close)).toEqual(truths);
  });

  it('tells of trouble and plays on', async () => {
    const stop = new AbortController();
    const network = offlineNetwork();
    const troubles: unknown[] = [];
    const after: EpochReport[] = [];
    let calls = 0;
    await runDemo({
      client: {
        ...network,
        submitInference: (account, request) => {
          calls += 1;
          return calls === 11 * 4 + 1
            ? Promise.reject(new Error('away'))
            : network.submitInference(account, request);
        },
      },
      epochs: 3,
      seed: '1',
      onEpoch: (report) => {
        if (troubles.length > 0) after.push(report);
        if (after.length === 2) stop.abort();
      },
      live: { epochMs: 1, signal: stop.signal, onTrouble: (error) => troubles.push(error) },
    });
    expect(troubles).toHaveLength(1);
    expect(after.map(({ epoch }) => epoch)).toEqual([5, 6]);
  });
});

describe('the printer', () => {
  it('prints JSON lines alone when asked to, and no colours but on a terminal', async () => {
    const { summary, reports } = await play('1', 3);
    const print = (json: boolean, isTTY: boolean): string => {
      const lines: string[] = [];
      const printer = createPrinter({ write: (text) => lines.push(text), isTTY }, { json });
      printer.note('hello');
      reports.forEach(printer.epoch);
      printer.summary(summary);
      return lines.join('');
    };
    const parsed = print(true, true)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(parsed.map(({ type }) => type)).toEqual(['epoch', 'epoch', 'epoch', 'summary']);
    expect(print(false, false)).not.toContain('\u001b');
    expect(print(false, true)).toContain('\u001b[');
    expect(print(false, false).split('\n')[1]).toMatch(
      /^#0001 \d{4}-\d\d-\d\d {2}truth \d+\.\d\d {2}network \d+\.\d\d/,
    );
  });
});
