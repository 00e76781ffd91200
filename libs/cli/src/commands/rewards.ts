import type { AlloraClient } from '@allora/sdk/client';
import type { ExplainedRole, RewardExplanation } from '@allora/sdk/insight-types';
import { z } from 'zod';
import { type AddCommand, examples, group } from '../add-command';
import { amountText } from '../amounts';
import { parseAddress, parseNonce, parseTopic } from '../arguments';
import { CliError, exitCodes } from '../exit-codes';
import type { Style } from '../format';
import type { Session } from '../session';

export const rewardsCommand: AddCommand = (program, session) => {
  group(program, 'rewards', 'what was paid, and why')
    .command('explain')
    .description('a payment as a worked calculation, from the score to the last uallo')
    .requiredOption('-t, --topic <id>', 'the topic', parseTopic)
    .option('--nonce <nonce>', 'of this epoch; the latest that it was paid for unless told', parseNonce)
    .option('--address <address>', "whose; the key's own unless told", parseAddress)
    .addHelpText(
      'after',
      examples(
        'allora rewards explain --topic 1',
        'allora rewards explain --topic 1 --nonce 3001 --address allo1…',
      ),
    )
    .action((options: ExplainOptions) => explain(session, options));
};

interface ExplainOptions {
  readonly topic: number;
  readonly nonce?: number;
  readonly address?: string;
}

async function explain(
  session: Session,
  { topic: topicId, nonce, address: told }: ExplainOptions,
): Promise<void> {
  const address = await session.address(told);
  const client = session.client();
  const asked = nonce ?? (await latestPaid(client, topicId, address));
  if (asked === 0) throw nothingPaid(topicId);
  const explained = await client.explainRewards({ topicId, nonce: asked, address });
  session.show(explained, explanationText(explained, session.style));
}

const standingsShape = z.object({
  standings: z.array(z.object({ topicId: z.number(), scoreNonce: z.number().nullable() })),
});

/** The latest epoch of the topic that was paid and that the address had a part in; 0 before the first. */
async function latestPaid(client: AlloraClient, topicId: number, address: string): Promise<number> {
  const { paidNonce } = await client.topicEconomy(topicId);
  if (paidNonce === 0) return 0;
  const { standings } = standingsShape.parse(await client.participants(address));
  const scored = standings.filter((one) => one.topicId === topicId).map(({ scoreNonce }) => scoreNonce ?? 0);
  return Math.min(Math.max(0, ...scored), paidNonce);
}

const nothingPaid = (topicId: number): CliError =>
  new CliError(`no epoch of topic ${topicId} with a part of this address has been paid yet`, {
    exitCode: exitCodes.failed,
    code: 'NOTHING_PAID',
    remedy: 'Wait until the truth of its first epoch is known, or name another --address.',
  });

export function explanationText(explained: RewardExplanation, style: Style): string {
  const { topicId, nonce, address, roles, paidUallo, emissionUallo, withheldUallo, delegatorsUallo } =
    explained;
  const beside = [
    ...(withheldUallo > 0n ? [`${amountText(withheldUallo)} kept back for fees owed`] : []),
    ...(delegatorsUallo > 0n ? [`${amountText(delegatorsUallo)} to its delegators`] : []),
  ];
  const title = `Epoch ${nonce} of topic ${topicId} paid ${address} ${style('bold', amountText(paidUallo))}`;
  const lines = [
    `${title}${beside.map((text) => `, ${text}`).join('')}.`,
    `For the epoch ${amountText(emissionUallo)} were set aside.`,
    ...(roles.length === 0 ? ['It took part in no role.'] : roles.flatMap((role) => roleLines(role, style))),
  ];
  return `${lines.join('\n')}\n`;
}

function roleLines({ role, paidUallo, unpaid, steps }: ExplainedRole, style: Style): string[] {
  const sum = unpaid === null ? amountText(paidUallo) : `nothing: ${unpaid.text}`;
  return [
    '',
    style('bold', `As ${role}: ${sum}`),
    ...steps.map(({ text }, i) => `${String(i + 1).padStart(3)}. ${text}`),
  ];
}
