import { RefusalError } from '@allora/contracts/errors';
import type { CommandKind, CommandOutcome } from '@allora/protocol/economy/commands';

/** `fund-topic` -> `fund_topic`: the name of the field of a signed command. */
export const commandName = (kind: CommandKind): string => kind.replaceAll('-', '_');

type Refused = Extract<CommandOutcome, { accepted: false }>;

/** A refusal of the rules as a caller meets it: its facts beside it, amounts as decimal text. */
export function refusalOfOutcome(refused: Refused): RefusalError {
  const facts = Object.entries(refused)
    .filter(([name]) => name !== 'accepted' && name !== 'code' && name !== 'detail')
    .map(([name, fact]: [string, unknown]) => [name, typeof fact === 'bigint' ? fact.toString() : fact]);
  return new RefusalError(refused.code, detailOf(refused), Object.fromEntries(facts));
}

function detailOf(refused: Refused): string {
  switch (refused.code) {
    case 'INSUFFICIENT_BALANCE':
      return `${refused.account} holds ${refused.balanceUallo} uallo, and ${refused.neededUallo} are needed`;
    case 'UNKNOWN_TOPIC':
      return `topic ${refused.topicId} does not exist`;
    case 'VALUE_NOT_ALLOWED':
      return refused.detail;
    case 'NO_SUCH_REPUTER':
      return `${refused.reputer} has no stake of its own in topic ${refused.topicId}`;
    case 'REMOVAL_PENDING':
      return `${refused.account} is to be paid out at height ${refused.dueHeight}`;
    case 'NO_REMOVAL':
      return `${refused.account} holds no removal`;
    case 'NOTHING_TO_CLAIM':
      return 'there is nothing to claim';
    case 'FEE_BELOW_MINIMUM':
      return `topic ${refused.topicId} asks for ${refused.minFeeUallo} uallo, and ${refused.feeUallo} are offered`;
    case 'NO_HOLD':
      return `nothing moves for the request ${refused.requestId} of ${refused.account}: ${refused.detail}`;
    case 'NOT_AN_OPERATOR':
      return `${refused.address} is no operator of the network`;
  }
}
