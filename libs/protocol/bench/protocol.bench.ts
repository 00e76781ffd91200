import { pathToFileURL } from 'node:url';
import { networkLosses } from '../src/loss/network-losses';
import { DEFAULT_PARAMS } from '../src/params';
import { updateRegrets } from '../src/regret/regrets';
import { rewardEpoch } from '../src/reward/participant-rewards';
import { scoreEpoch } from '../src/score/scores';
import { synthesize } from '../src/synthesis/network-inference';
import { epochData, type EpochData, type Size } from './epoch-data';

/** One measurement beside a limit that was measured in the same run: `ratio` is value / limit. */
export interface BenchLine {
  readonly name: 'protocol';
  readonly case: string;
  readonly value: number;
  readonly unit: 'ms/epoch';
  readonly reference: string;
  readonly ratio: number;
}

const SIZES: readonly Size[] = [
  { inferers: 5, forecasters: 3, reputers: 5 },
  { inferers: 32, forecasters: 6, reputers: 6 },
  { inferers: 256, forecasters: 32, reputers: 32 },
  { inferers: 1000, forecasters: 100, reputers: 50 },
];

const SEED = 20241022;
/** A case is repeated until it has run this often or this long, whichever comes first. */
const RUNS_MAX = 15;
const CASE_MS_MAX = 3_000;
/** Timed runs last at least this long, so that the clock's grain does not show. */
const SAMPLE_MS_MIN = 5;

function timeMs(work: () => unknown, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i += 1) work();
  return (performance.now() - start) / repeats;
}

/** Long enough for the compiler to have seen the hot loops. */
const WARM_UP_MS = 100;

function medianMs(work: () => unknown): number {
  const warm = performance.now();
  while (performance.now() - warm < WARM_UP_MS) work();
  const first = timeMs(work, 1);
  const repeats = Math.max(1, Math.ceil(SAMPLE_MS_MIN / Math.max(first, 1e-4)));
  const samples: number[] = [];
  const start = performance.now();
  while (samples.length < RUNS_MAX && (samples.length < 3 || performance.now() - start < CASE_MS_MAX)) {
    samples.push(timeMs(work, repeats));
  }
  return samples.sort((a, b) => a - b)[samples.length >> 1]!;
}

const BUFFER = Float64Array.from({ length: 4096 }, (_, i) => 1 / (i + 1));

/** `count` dependent-free multiply-adds over a cached buffer: the floor under any pass over as many terms. */
function multiplyAdds(count: number): number {
  let a = 0;
  let b = 0;
  for (let left = count; left > 0; left -= BUFFER.length) {
    const width = Math.min(left, BUFFER.length);
    for (let i = 0; i + 1 < width; i += 2) {
      a += BUFFER[i]! * 0.5;
      b += BUFFER[i + 1]! * 0.5;
    }
  }
  return a + b;
}

interface Stage {
  readonly name: string;
  readonly run: (data: EpochData) => unknown;
  /** Terms the stage cannot avoid touching. */
  readonly terms: (size: Size) => number;
  readonly of: string;
}

const lossEntries = ({ inferers: J, forecasters: K }: Size): number => 2 + 2 * J + 3 * K + J * K;

const STAGES: readonly Stage[] = [
  {
    name: 'synthesis',
    run: (data) => synthesize(data.synthesis, DEFAULT_PARAMS),
    terms: ({ inferers: J, forecasters: K }) => (J + 2 * K + 2) * (J + K),
    of: 'one-out terms',
  },
  {
    name: 'losses-and-regrets',
    run: (data) => [networkLosses(data.scores), updateRegrets(data.regrets, DEFAULT_PARAMS)],
    terms: (size) => size.reputers * lossEntries(size) + (size.inferers + 2 * size.forecasters) ** 2,
    of: 'reported losses and regrets',
  },
  {
    name: 'scores',
    run: (data) => scoreEpoch(data.scores, DEFAULT_PARAMS),
    terms: (size) =>
      DEFAULT_PARAMS.gradientDescentMaxIters * (size.reputers + 1) * size.reputers * lossEntries(size),
    of: 'terms of a descent that goes on to its last step',
  },
  {
    name: 'rewards',
    run: (data) => rewardEpoch(data.rewards, DEFAULT_PARAMS),
    terms: (size) => size.inferers + size.forecasters + size.reputers,
    of: 'participants',
  },
];

/** Measures every stage at every size and hands each line to `report` as it is known. */
export function run(report: (line: BenchLine) => void): void {
  for (const size of SIZES) {
    const data = epochData(size, SEED);
    const label = `${size.inferers}x${size.forecasters}x${size.reputers}`;
    for (const stage of STAGES) {
      const terms = stage.terms(size);
      const value = medianMs(() => stage.run(data));
      const limit = medianMs(() => multiplyAdds(terms));
      report({
        name: 'protocol',
        case: `${stage.name} ${label}`,
        value: Number(value.toPrecision(4)),
        unit: 'ms/epoch',
        reference: `${terms} multiply-adds (${stage.of}), ${Number(limit.toPrecision(4))} ms`,
        ratio: Number((value / limit).toPrecision(4)),
      });
    }
  }
}

/** One row of the table: time, growth from the size before, time over the limit, and what the limit is. */
function tableRow(line: BenchLine, previous: number | undefined): string {
  const growth = previous === undefined ? '' : `x${(line.value / previous).toPrecision(3)}`;
  const time = `${line.value} ${line.unit}`;
  return [
    line.case.padEnd(32),
    time.padEnd(20),
    growth.padEnd(8),
    String(line.ratio).padEnd(8),
    line.reference,
  ].join(' ');
}

function main(json: boolean): void {
  if (!json) {
    console.log('inferers x forecasters x reputers; median of several runs');
    console.log(
      [`case`.padEnd(32), 'time'.padEnd(20), 'growth'.padEnd(8), 'ratio'.padEnd(8), 'to'].join(' '),
    );
  }
  const previous = new Map<string, number>();
  run((line) => {
    const stage = line.case.split(' ')[0]!;
    console.log(json ? JSON.stringify(line) : tableRow(line, previous.get(stage)));
    previous.set(stage, line.value);
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.includes('--json'));
}
