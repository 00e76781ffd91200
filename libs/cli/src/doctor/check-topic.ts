import type { AlloraClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import type { Topic } from '@allora/sdk/types';
import { amountText } from '../amounts';
import { durationText } from '../format';
import { type Check, failed, ok } from './check';

/** Where the topic stands in time. */
export interface TopicTime {
  readonly height: number;
  /** Nonce of the open worker window, or else of the next one. */
  readonly nonce: number;
  readonly open: boolean;
  /** Height at which the open window closes. */
  readonly closesHeight: number | null;
  /** By the latest epochs; null before there are two. */
  readonly blockMs: number | null;
}

export async function checkActive(client: AlloraClient, topic: Topic): Promise<Check> {
  const { weight, active, stakeUallo } = await client.topicEconomy(topic.id);
  const facts = { active, weight, stakeUallo };
  if (active) return ok('topic', `topic ${topic.id} is active: ${topic.metadata || '(no words)'}`, facts);
  const { activatingFeeUallo } = await client.priceGuide(topic.id);
  const remedy =
    activatingFeeUallo === null
      ? 'No fee is enough without stake: a reputer has to stake in it first.'
      : `Fund it with at least ${amountText(activatingFeeUallo)}: allora fund AMOUNT --topic ${topic.id}`;
  return failed('topic', `topic ${topic.id} weighs too little to open epochs`, remedy, facts);
}

export async function timeOf(client: AlloraClient, topic: Topic): Promise<TopicTime> {
  const [{ height, windows }, told] = await Promise.all([
    client.windows(topic.id),
    latestTwo(client, topic.id),
  ]);
  const [newest, older] = told;
  const blockMs = newest && older ? (newest.atMs - older.atMs) / (newest.nonce - older.nonce) : null;
  const open = windows.findLast(({ role, stage }) => role === 'worker' && stage !== 'reveal');
  if (open) return { height, nonce: open.nonce, open: true, closesHeight: open.closesHeight, blockMs };
  const length = topic.params?.epochLengthBlocks ?? 1;
  const known = newest?.nonce ?? topic.createdHeight + 1;
  const nonce = known > height ? known : known + Math.ceil((height + 1 - known) / length) * length;
  return { height, nonce, open: false, closesHeight: null, blockMs };
}

async function latestTwo(client: AlloraClient, topicId: number) {
  try {
    return (await client.inferences(topicId, { limit: 2 })).inferences;
  } catch (error) {
    if (error instanceof AlloraError && error.code === 'NO_INFERENCE_YET') return [];
    throw error;
  }
}

const paceText = (blockMs: number): string =>
  blockMs < 10_000 ? `${(blockMs / 1000).toFixed(1)} s` : durationText(blockMs);

export function windowCheck({ height, nonce, open, closesHeight, blockMs }: TopicTime): Check {
  const facts = { height, nonce, open, closesHeight, blockMs };
  const pace = blockMs === null ? '' : `, a block each ${paceText(blockMs)}`;
  if (open)
    return ok(
      'window',
      `open for nonce ${nonce} until height ${closesHeight}; it is ${height}${pace}`,
      facts,
    );
  const blocks = nonce - height;
  const wait = blockMs === null ? '' : `, in about ${durationText(blocks * blockMs)}`;
  return ok('window', `the next one opens at height ${nonce}, ${blocks} blocks from now${wait}`, facts);
}
