import { delegationAccount, stakeAccount, TREASURY } from './accounts';
import type { Book } from './book';
import type { CommandOf, CommandOutcome } from './commands';
import type { Holding } from './delegation';
import { balanceOf, post } from './post';
import { notAllowed, refused, refuseUnknownTopic, type CommandContext } from './refusals';
import { changeHolding, holdingAccount } from './stake';

const MILLION = 1_000_000;

/** Takes the same part of a reputer's own stake and of every delegation to it; stake on its way out has left already. */
export function slash(context: CommandContext, command: CommandOf<'slash'>): CommandOutcome {
  const { book, rules, key } = context;
  const { operator, topicId, reputer, partsPerMillion } = command;
  if (!rules.operators.has(operator)) return refused({ code: 'NOT_AN_OPERATOR', address: operator });
  if (!Number.isInteger(partsPerMillion) || partsPerMillion < 1 || partsPerMillion > MILLION) {
    return notAllowed('a slash takes 1 to 1,000,000 parts of a million');
  }
  const unknown = refuseUnknownTopic(book, topicId);
  if (unknown) return unknown;
  const holdings = holdingsOf(book, topicId, reputer);
  if (holdings.length === 0) return refused({ code: 'NO_SUCH_REPUTER', topicId, reputer });
  const cuts = holdings
    .map((holding) => ({ holding, account: holdingAccount(holding) }))
    .map((cut) => ({
      ...cut,
      amountUallo: (balanceOf(book, cut.account) * BigInt(partsPerMillion)) / BigInt(MILLION),
    }))
    .filter(({ amountUallo }) => amountUallo > 0n);
  if (cuts.length === 0) return notAllowed('it would take less than one uallo of each stake');
  const movedUallo = cuts.reduce((sum, { amountUallo }) => sum + amountUallo, 0n);
  post(book, {
    key,
    kind: 'slash',
    topicId,
    postings: [
      ...cuts.map(({ account, amountUallo }) => ({ account, amountUallo: -amountUallo })),
      { account: TREASURY, amountUallo: movedUallo },
    ],
  });
  for (const { holding, amountUallo } of cuts) changeHolding(book, rules, holding, -amountUallo);
  return { accepted: true, movedUallo };
}

/** Own stake first, then the delegations in ascending order of their holders. */
function holdingsOf(book: Book, topicId: number, reputer: string): Holding[] {
  const prefix = `${topicId}:${reputer}:`;
  const holders = [...book.delegations.entries()]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key]) => key.slice(prefix.length))
    .filter((holder) => balanceOf(book, delegationAccount(topicId, reputer, holder)) > 0n)
    .sort();
  const own = balanceOf(book, stakeAccount(topicId, reputer)) > 0n ? [reputer] : [];
  return [...own, ...holders].map((holder) => ({ topicId, reputer, holder }));
}
