import { EpochOutcome, EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochEvent, EpochPhase, Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type pg from 'pg';
import type { LedgerService } from './ledger-service';
import { insertGroups, lastTransfer, makeLikeTables, postedRows } from './raw-rows';

const INFERERS = 800;
const FORECASTERS = 100;
const REPUTERS = 100;
const EPOCHS = 5;
const TOPIC_ID = 7;
const ALLO = 10n ** 18n;

const params = TopicParams.fromPartial({
  epochLengthBlocks: 10,
  workerWindowBlocks: 5,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 10,
  pNorm: 3,
  alphaRegret: 0.1,
  epsilon: 0.01,
  meritSortitionAlpha: 0.1,
});

const named = (role: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${role}${String(i).padStart(4, '0')}`);

function scoresOf(nonce: number): EpochScores {
  const workers = (role: string, count: number) =>
    named(role, count).map((participant) => ({ participant, score: Math.random(), emaScore: 0.5 }));
  return EpochScores.fromPartial({
    topicId: TOPIC_ID,
    nonce,
    outcome: EpochOutcome.SCORED,
    inferers: workers('inferer', INFERERS),
    forecasters: workers('forecaster', FORECASTERS),
    reputers: named('reputer', REPUTERS).map((reputer) => ({
      reputer,
      score: 0.5 + Math.random(),
      emaScore: 0.5,
      stakeUallo: (1_000n * ALLO).toString(),
      delegatedUallo: (400n * ALLO).toString(),
      listeningCoefficient: 1,
    })),
    combinedLoss: -2,
    naiveLoss: -1.5,
    params,
  });
}

/** Ended with a million ALLO to give, which come out of the faucet here. */
async function endEpoch(service: LedgerService, pool: pg.Pool, nonce: number): Promise<void> {
  const amount = (10n ** 6n * ALLO).toString();
  await pool.query(
    `WITH moved AS (
       INSERT INTO rewards.transfers (key, kind, topic_id, nonce, posting_count)
       VALUES ('epoch-emission:${TOPIC_ID}:${nonce}', 'epoch-emission', ${TOPIC_ID}, ${nonce}, 2) RETURNING id
     )
     INSERT INTO rewards.postings (transfer_id, line, account_name, amount_uallo)
     SELECT id, line, account, amount FROM moved,
            (VALUES (0, 'faucet', -${amount}::numeric), (1, 'epoch-rewards', ${amount})) AS p (line, account, amount)`,
  );
  await pool.query(
    `INSERT INTO rewards.epoch_emissions VALUES (${TOPIC_ID}, ${nonce}, ${nonce + 20}, 10, 1, 1, 0, ${amount})`,
  );
  const event = EpochEvent.fromPartial({
    topicId: TOPIC_ID,
    nonce,
    phase: EpochPhase.REPUTER_WINDOW_CLOSED,
    height: nonce + 20,
    params,
  });
  await service.database.transaction((tx) => service.epochs.recordClosed(tx, event));
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Scores arrive, everybody is charged the data fee and paid, all in one transaction. */
export async function settleLargeEpoch(
  service: LedgerService,
  pool: pg.Pool,
): Promise<Record<string, string | number>[]> {
  await service.topics.learn(Topic.fromPartial({ id: TOPIC_ID, creator: 'creator', params, active: true }));
  const settleMs: number[] = [];
  const rawMs: number[] = [];
  const rowCounts: number[] = [];
  for (let epoch = 1; epoch <= EPOCHS; epoch += 1) {
    const nonce = 10 * epoch;
    await endEpoch(service, pool, nonce);
    const scores = scoresOf(nonce);
    const before = await lastTransfer(pool);
    const began = performance.now();
    await service.bus.transaction({ key: String(TOPIC_ID) }, async (unit) => {
      await service.books.lock(unit.tx);
      await service.epochs.keepScores(unit.tx, scores);
      const submitters = scores.reputers.map(({ reputer }) => reputer);
      const losses = { topicId: TOPIC_ID, nonce, kind: 'losses', part: 0, parts: 1 } as const;
      await service.turns.keepFees(unit.tx, { ...losses, submitters });
      await service.settlement.advance(unit, TOPIC_ID);
      await service.fees.charge(unit.tx, [losses]);
    });
    settleMs.push(performance.now() - began);
    const rows = await postedRows(pool, before);
    const postings = rows.reduce((sum, row) => sum + row.postings.length, 0);
    if (postings < INFERERS + FORECASTERS + REPUTERS) throw new Error(`only ${postings} postings`);
    rowCounts.push(rows.length + postings);
    await makeLikeTables(pool);
    rawMs.push((1_000 * postings) / (await insertGroups(pool, rows, rows.length)));
  }
  const raw = { name: 'raw INSERTs of the same rows, one transaction', ms: median(rawMs) };
  return [
    { case: raw.name, value: raw.ms, unit: 'ms', reference: '', ratio: 1 },
    {
      case: 'rows of an epoch of 1,000 paid',
      value: median(rowCounts),
      unit: 'rows',
      reference: '',
      ratio: 1,
    },
    {
      case: 'epoch of 1,000 paid, settled',
      value: median(settleMs),
      unit: 'ms',
      reference: raw.name,
      ratio: median(settleMs) / raw.ms,
    },
  ];
}
