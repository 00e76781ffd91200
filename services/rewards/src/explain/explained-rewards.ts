import { RefusalError } from '@allora/contracts/errors';
import { type ExplainedPayment, explainPayments } from '@allora/protocol/explain/explain-payment';
import { workEpoch, type WorkedRole } from '@allora/protocol/explain/worked-epoch';
import type { WorkedStep } from '@allora/protocol/explain/worked-step';
import { emissionSteps } from '@allora/protocol/explain/worked-tasks';
import { rewardInput, rewardRules } from '../epoch-payout';
import { toJson } from '../json';
import { rewardStateOf } from '../settled-epochs.store';
import { recheckEpoch, type RecheckedEpoch, withheldOf } from './recheck';
import type { PastEpoch } from './past-epochs.store';
import { nothingPaid, rolesOf, type Unpaid, unpaidBefore } from './unpaid-roles';

/** The body of GET /v1/topics/:id/epochs/:nonce/rewards/:address: one worked calculation for each role of the address. */
export function explainedRewards(past: PastEpoch, address: string) {
  const { settled, setAside } = past;
  const { topicId, nonce } = settled.scores;
  const roles = rolesOf(settled.scores, address);
  if (roles.length === 0) {
    throw new RefusalError(
      'UNKNOWN_PARTICIPANT',
      `${address} took no part in epoch ${nonce} of topic ${topicId}`,
    );
  }
  const epoch = recheckEpoch(past);
  const payments = settled.result === 'paid' ? explainedPayments(epoch, address) : [];
  const views = roles.map((role) => {
    const unpaid = unpaidBefore(settled, address, role);
    const payment = payments.find((one) => one.role === role.role);
    return unpaid || !payment ? unpaidView(role.role, unpaid, emissionSteps(setAside)) : paymentView(payment);
  });
  const sum = (of: (view: (typeof views)[number]) => string): string =>
    views.reduce((total, view) => total + BigInt(of(view)), 0n).toString();
  return {
    topicId,
    nonce,
    address,
    result: settled.result,
    emissionUallo: setAside.amountUallo.toString(),
    paidUallo: sum(({ paidUallo }) => paidUallo),
    withheldUallo: sum(({ withheldUallo }) => withheldUallo),
    delegatorsUallo: sum(({ delegatorsUallo }) => delegatorsUallo),
    roles: views,
    text: views.map(({ text }) => text).join(' '),
  };
}

/** Worked out from the stored epoch; that they are what was paid has been seen to before. */
function explainedPayments(epoch: RecheckedEpoch, address: string): ExplainedPayment[] {
  const { settled, setAside, payout } = epoch;
  const { scores, state } = settled;
  const input = { scores, state: rewardStateOf(state), emissionUallo: setAside.amountUallo };
  const worked = workEpoch({ input: rewardInput(input), params: rewardRules(scores), setAside });
  const explained = explainPayments(worked, address, withheldOf(epoch, address));
  const paid = payout.kind === 'paid' ? payout.payments : [];
  for (const { role, amountUallo, delegatorsUallo } of explained) {
    const told = paid.find((payment) => payment.participant === address && payment.role === role);
    if ((told?.amountUallo ?? 0n) !== amountUallo || (told?.delegatorsUallo ?? 0n) !== delegatorsUallo)
      throw new Error(`epoch ${scores.topicId}:${scores.nonce} paid ${address} another amount as ${role}`);
  }
  return explained;
}

function paymentView(payment: ExplainedPayment) {
  const { role, amountUallo, withheldUallo, delegatorsUallo, steps } = payment;
  const paidUallo = amountUallo - withheldUallo;
  const unpaid = payment.nothingPaid === null ? null : nothingPaid(payment.nothingPaid);
  const fees = withheldUallo === 0n ? '' : `, ${withheldUallo} uallo of it kept back for fees`;
  return {
    role,
    paidUallo: paidUallo.toString(),
    withheldUallo: withheldUallo.toString(),
    delegatorsUallo: delegatorsUallo.toString(),
    unpaid,
    steps: steps.map((step) => toJson(step)),
    text: unpaid
      ? `As ${role} it was paid nothing: ${unpaid.text}.`
      : `As ${role} it earned ${amountUallo} uallo${fees}.`,
  };
}

function unpaidView(role: WorkedRole, unpaid: Unpaid | null, steps: readonly WorkedStep[]) {
  if (!unpaid) throw new Error(`the payment of a scored ${role} is not explained`);
  return {
    role,
    paidUallo: '0',
    withheldUallo: '0',
    delegatorsUallo: '0',
    unpaid,
    steps: steps.map((step) => toJson(step)),
    text: `As ${role} it was paid nothing: ${unpaid.text}.`,
  };
}
