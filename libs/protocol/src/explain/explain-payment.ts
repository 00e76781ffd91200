import { truncateToBigint } from '../uallo';
import { entropySteps } from './worked-entropy';
import { roleFacts, type RoleFacts, type WorkedEpoch, type WorkedRole } from './worked-epoch';
import { fractionSteps } from './worked-fraction';
import { emissionSteps, splitSteps, taskStep } from './worked-tasks';
import { workedStep, type WorkedStep } from './worked-step';

/** Why a participant with a score was paid nothing. */
export type NothingPaid = 'NOTHING_SET_ASIDE' | 'NO_TASK_REWARD' | 'NO_SHARE' | 'BELOW_ONE_UALLO';

export const WORKED_ROLES = ['inferer', 'forecaster', 'reputer'] as const;

/** The payment of a participant in one role, worked out. */
export interface ExplainedPayment {
  readonly role: WorkedRole;
  readonly participant: string;
  readonly steps: readonly WorkedStep[];
  readonly amountUallo: bigint;
  /** What the participant's delegators share. */
  readonly delegatorsUallo: bigint;
  /** Of the amount, kept back for fees owed. */
  readonly withheldUallo: bigint;
  /** Null when it was paid something. */
  readonly nothingPaid: NothingPaid | null;
}

/** Kept back from a participant's rewards of an epoch: from its balance as a worker, from its stake as a reputer. */
export interface Withheld {
  readonly balanceUallo: bigint;
  readonly stakeUallo: bigint;
}

/** Every role in which the participant has a score, from that score to the whole uallo it was paid (sections 7 to 10). */
export function explainPayments(
  epoch: WorkedEpoch,
  participant: string,
  withheld: Withheld = { balanceUallo: 0n, stakeUallo: 0n },
): ExplainedPayment[] {
  let leftUallo = withheld.balanceUallo;
  return WORKED_ROLES.flatMap((role) => {
    const facts = roleFacts(epoch, role);
    const place = facts.ids.indexOf(participant);
    if (place < 0 || facts.scores[place] === null) return [];
    const explained = explainRole(epoch, facts, place);
    if (role === 'reputer') return [withFees(explained, withheld.stakeUallo)];
    // Fees are kept back from the first reward that there is.
    const keptUallo = leftUallo < explained.amountUallo ? leftUallo : explained.amountUallo;
    leftUallo -= keptUallo;
    return [withFees(explained, keptUallo)];
  });
}

function withFees(explained: ExplainedPayment, withheldUallo: bigint): ExplainedPayment {
  const { amountUallo } = explained;
  const paid = workedStep({
    name: 'paid',
    formula: withheldUallo === 0n ? 'all of it' : 'less what was kept back for fees owed',
    section: 9,
    inputs: withheldUallo === 0n ? { due: amountUallo } : { due: amountUallo, withheld: withheldUallo },
    value: amountUallo - withheldUallo,
  });
  return { ...explained, withheldUallo, steps: [...explained.steps, paid] };
}

function explainRole(epoch: WorkedEpoch, facts: RoleFacts, place: number): ExplainedPayment {
  const delegatorsUallo = facts.role === 'reputer' ? epoch.due.delegatorsUallo[place]! : 0n;
  const amountUallo = facts.dueUallo[place]!;
  return {
    role: facts.role,
    participant: facts.ids[place]!,
    steps: [
      ...fractionSteps(epoch, facts, place),
      ...entropySteps(epoch, facts, place),
      ...(facts.role === 'reputer' ? [] : splitSteps(epoch)),
      ...emissionSteps(epoch.setAside),
      taskStep(epoch, facts),
      ...paymentSteps(epoch, facts, place),
    ],
    amountUallo,
    delegatorsUallo,
    withheldUallo: 0n,
    nothingPaid: amountUallo === 0n ? whyNothing(epoch, facts, place) : null,
  };
}

function whyNothing({ setAside }: WorkedEpoch, facts: RoleFacts, place: number): NothingPaid {
  if (setAside.amountUallo === 0n) return 'NOTHING_SET_ASIDE';
  if (facts.fractions[place] === 0) return 'NO_SHARE';
  return facts.taskReward === 0 ? 'NO_TASK_REWARD' : 'BELOW_ONE_UALLO';
}

/** From the task's reward to whole uallo: what delegators get, what truncation leaves. */
function paymentSteps(epoch: WorkedEpoch, facts: RoleFacts, place: number): WorkedStep[] {
  const fraction = facts.fractions[place]!;
  const gross = fraction * facts.taskReward;
  const reward = facts.rewards[place]!;
  const steps = [
    workedStep({
      name: 'gross',
      formula: 'fraction x task reward',
      section: 9,
      inputs: { fraction, task_reward: facts.taskReward },
      value: gross,
    }),
  ];
  if (facts.role === 'reputer') steps.push(...delegatorSteps(epoch, place, gross));
  const truncated = truncateToBigint(reward);
  steps.push(
    workedStep({
      name: 'truncated',
      formula: 'whole uallo',
      section: 9,
      inputs: { reward },
      value: truncated,
    }),
  );
  const paid = facts.dueUallo[place]!;
  if (paid !== truncated) steps.push(givenUpStep(truncated, paid));
  return steps;
}

/** Parts of a large reward may exceed the whole by their last digits; the largest payment gives that up. */
const givenUpStep = (truncated: bigint, paid: bigint): WorkedStep =>
  workedStep({
    name: 'rounded_to_the_whole',
    formula: 'less what all payments together exceeded the amount set aside by',
    section: 9,
    inputs: { truncated, excess: truncated - paid },
    value: paid,
  });

function delegatorSteps({ input, rewards, due }: WorkedEpoch, place: number, gross: number): WorkedStep[] {
  const [stake, delegated] = [input.stakes[place]!, input.delegatedStakes[place]!];
  const part = rewards.delegatorRewards[place]!;
  const steps = [
    workedStep({
      name: 'delegators',
      formula: 'floor(gross x delegated / stake)',
      section: 9,
      inputs: { gross, delegated, stake },
      value: truncateToBigint(part),
    }),
    workedStep({
      name: 'kept',
      formula: 'gross - delegators',
      section: 9,
      inputs: { gross, delegators: part },
      value: rewards.reputerRewards[place]!,
    }),
  ];
  const paid = due.delegatorsUallo[place]!;
  return paid === truncateToBigint(part) ? steps : [...steps, givenUpStep(truncateToBigint(part), paid)];
}
