import type { RunnerStatus } from '@allora/runner/run/runner';
import type { ParticipantStatus, PartStatus, WindowStatus } from '@allora/runner/status/status-book';
import { amountText } from './amounts';
import { numberText, type Style } from './format';

/** Something that a runner's user should see. */
export interface News {
  /** Of an epoch in their order: what was answered, that it counted, its score, its payment. */
  readonly kind: 'state' | 'window' | 'set' | 'score' | 'result';
  readonly role: string;
  readonly topicId: number;
  readonly address: string;
  readonly nonce?: number;
  readonly state?: string;
  readonly trouble?: string | null;
  readonly parts?: WindowStatus['parts'];
  readonly result?: WindowStatus['result'];
}

const UNDER_WAY: ReadonlySet<string> = new Set(['asking', 'sending', 'committed']);

const answered = ({ open, parts }: WindowStatus): boolean => {
  const all = Object.values(parts);
  return all.length > 0 && (!open || all.every(({ state }) => !UNDER_WAY.has(state)));
};

/** How far the network has come with an answer. */
const stagesOf = (result: WindowStatus['result']): ('set' | 'score' | 'result')[] => [
  ...(result?.active ? (['set'] as const) : []),
  ...(result?.active && result.score !== null ? (['score'] as const) : []),
  ...(result?.final ? (['result'] as const) : []),
];

/** Tells each thing once: a state that changed, a window that is answered or missed, what came of it step by step. */
export class RunNews {
  private readonly states = new Map<string, string>();
  private readonly told = new Set<string>();

  from({ participants }: RunnerStatus): News[] {
    return participants.flatMap((one) => [...this.stateOf(one), ...this.windowsOf(one)]);
  }

  private stateOf({ role, topicId, address, state, trouble }: ParticipantStatus): News[] {
    const key = `${role} ${topicId} ${address}`;
    const text = `${state} ${trouble ?? ''}`;
    if (this.states.get(key) === text) return [];
    this.states.set(key, text);
    return [{ kind: 'state', role, topicId, address, state, trouble }];
  }

  private windowsOf({ role, topicId, address, windows }: ParticipantStatus): News[] {
    const who = { role, topicId, address };
    return [...windows].reverse().flatMap((window) => {
      const { nonce, parts, result } = window;
      return [
        ...(answered(window) && this.first(`w ${role} ${topicId} ${address} ${nonce}`)
          ? [{ kind: 'window' as const, ...who, nonce, parts }]
          : []),
        ...stagesOf(result)
          .filter((kind) => this.first(`${kind} ${role} ${topicId} ${address} ${nonce}`))
          .map((kind) => ({ kind, ...who, nonce, result })),
      ];
    });
  }

  private first(what: string): boolean {
    if (this.told.has(what)) return false;
    this.told.add(what);
    return true;
  }
}

const GOOD: ReadonlySet<string> = new Set(['accepted', 'running', 'nothing', 'dry_run', 'committed']);

function partText(kind: string, { state, value, error }: PartStatus, style: Style): string {
  const said = value === undefined ? '' : ` ${value}`;
  const why = error === undefined || state === 'accepted' ? '' : ` (${error})`;
  return `${kind}${said} ${style(GOOD.has(state) ? 'green' : 'red', state.replace('_', ' '))}${why}`;
}

/** Without the digits below a millionth of an ALLO. */
const shortAmount = (uallo: bigint): string =>
  amountText(uallo < MICRO_ALLO ? uallo : uallo - (uallo % MICRO_ALLO));
const MICRO_ALLO = 10n ** 12n;

const shadowText = ({ weight, contribution }: NonNullable<NonNullable<WindowStatus['result']>['shadow']>) =>
  contribution === null
    ? 'recorded as a shadow; the losses of this epoch do not tell what it would have added'
    : `as a shadow it would have added ${numberText(contribution)}${weight === null ? '' : ` with weight ${numberText(weight)}`}`;

export function newsText(news: News, style: Style): string {
  const { role, topicId, nonce, state = '', trouble, parts = {}, result } = news;
  const who = `topic ${topicId}`;
  const epoch = `${who}  epoch ${nonce}`;
  if (news.kind === 'state')
    return `${style('bold', `${role} of ${who}`)}: ${style(GOOD.has(state) ? 'green' : 'yellow', state)}${trouble ? ` - ${trouble}` : ''}`;
  if (news.kind === 'window') {
    const said = Object.entries(parts).map(([kind, part]) => partText(kind, part, style));
    return `${epoch}: ${said.join('; ')}`;
  }
  if (news.kind === 'set') {
    const weight = result?.weight === null ? '' : `, weight ${numberText(result?.weight)}`;
    return `${epoch}: in the set${role === 'reputer' ? ' of reputers' : ''}${weight}`;
  }
  if (news.kind === 'score') return `${epoch}: scored ${numberText(result?.score)}`;
  if (result?.shadow) return `${epoch}: ${shadowText(result.shadow)}`;
  if (!result?.active) return `${epoch}: came to nothing, as it was not in the set`;
  const earnedUallo = BigInt(result.rewardUallo ?? '0');
  if (earnedUallo > 0n)
    return `${who}  ${style('bold', `earned ${shortAmount(earnedUallo)}`)} for epoch ${nonce}`;
  return `${who}  earned nothing for epoch ${nonce}: allora rewards explain --topic ${topicId} --nonce ${nonce}`;
}
