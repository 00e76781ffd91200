import { ProtocolError } from '../errors';
import { naturalLogarithm, saturate } from '../numeric';
import { type LossOptions, type OptionSpecs, readLossOptions } from './loss-options';
import { czar, czarOptions, logCosh, zOptions, zptae, zptaeOptions, ztae } from './z-losses';

/** What an answer loses against the truth; both finite. Throws INVALID_INPUT outside the function's domain. */
export type Loss = (truth: number, prediction: number) => number;

interface LossRule {
  readonly aliases: readonly string[];
  readonly options: OptionSpecs<string>;
  /** Whether no input gives a value below zero, so that the logarithm is taken of it. */
  readonly neverNegative: boolean;
  readonly make: (options: Readonly<Record<string, number>>) => Loss;
}

function rule<Name extends string>(
  aliases: readonly string[],
  options: OptionSpecs<Name>,
  make: (options: Readonly<Record<Name, number>>) => Loss,
  neverNegative = true,
): LossRule {
  return { aliases, options, neverNegative, make: make as LossRule['make'] };
}

const epsilonOption = (value: number) => ({
  epsilon: { default: value, min: 0, max: 0.5, above: true as const, help: 'floor under the logarithm' },
});

/** Every loss function that a topic may name, by the network's own name for it. */
export const LOSS_RULES = {
  sqe: rule(['mse', 'se', 'squared_error'], {}, () => (y, p) => saturate((p - y) * (p - y))),
  abse: rule(['mae', 'ae', 'absolute_error'], {}, () => (y, p) => saturate(Math.abs(p - y))),
  huber: rule(
    ['huber_loss'],
    { delta: { default: 1, min: 0, max: 1e300, above: true, help: 'error from which it grows linearly' } },
    ({ delta }) => huber(delta),
  ),
  logcosh: rule(['log_cosh', 'logcosh_loss'], {}, () => (y, p) => saturate(logCosh(p - y))),
  bce: rule(['binary_cross_entropy', 'bce_loss'], epsilonOption(1e-15), ({ epsilon }) =>
    crossEntropy(epsilon),
  ),
  poisson: rule(['poisson_loss'], epsilonOption(1e-7), ({ epsilon }) => poisson(epsilon), false),
  ztae: rule(['ztae_loss', 'z_transformed_absolute_error'], zOptions, ztae),
  zptae: rule(['zptae_loss', 'z_power_tanh_absolute_error'], zptaeOptions, zptae),
  czar: rule(['czar_loss'], czarOptions, czar),
} as const satisfies Readonly<Record<string, LossRule>>;

export type LossName = keyof typeof LOSS_RULES;

const LOSS_NAMES = Object.keys(LOSS_RULES) as LossName[];

const names: ReadonlyMap<string, LossName> = new Map(
  LOSS_NAMES.flatMap((name) => [name, ...LOSS_RULES[name].aliases].map((alias) => [alias, name] as const)),
);

/** The function behind a name or an alias, in any case and with blanks around it; undefined when there is none. */
export function lossNamed(nameOrAlias: string): LossName | undefined {
  return names.get(nameOrAlias.trim().toLowerCase());
}

/** Throws INVALID_PARAMETER when there is no such function. */
export function requireLossName(nameOrAlias: string): LossName {
  const name = lossNamed(nameOrAlias);
  if (name !== undefined) return name;
  const known = LOSS_NAMES.join(', ');
  throw new ProtocolError('INVALID_PARAMETER', `there is no loss "${nameOrAlias}"; there are ${known}`);
}

export const isNeverNegative = (name: LossName): boolean => LOSS_RULES[name].neverNegative;

/** @throws ProtocolError INVALID_PARAMETER as `lossFunction`, but for options that are not given. */
export function requireLossOptions(nameOrAlias: string, options: LossOptions): void {
  const name = requireLossName(nameOrAlias);
  const specs: OptionSpecs<string> = LOSS_RULES[name].options;
  const open = Object.entries(specs).map(([option, spec]) => [option, { default: spec.max, ...spec }]);
  readLossOptions(name, Object.fromEntries(open) as typeof specs, options);
}

/** @throws ProtocolError INVALID_PARAMETER for an unknown name, an unknown option or one out of range. */
export function lossFunction(nameOrAlias: string, options: LossOptions = {}): Loss {
  const name = requireLossName(nameOrAlias);
  const lossRule: LossRule = LOSS_RULES[name];
  const loss = lossRule.make(readLossOptions(name, lossRule.options, options));
  return (truth, prediction) => {
    if (Number.isFinite(truth) && Number.isFinite(prediction)) return loss(truth, prediction);
    throw new ProtocolError(
      'NOT_FINITE',
      `the loss ${name} is of finite numbers, not ${truth} and ${prediction}`,
    );
  };
}

function huber(delta: number): Loss {
  return (y, p) => {
    const size = Math.abs(p - y);
    return saturate(size <= delta ? 0.5 * size * size : delta * (size - 0.5 * delta));
  };
}

/** Infinite where the answer was certain and wrong. */
function crossEntropy(epsilon: number): Loss {
  return (y, p) => {
    requireWithin('bce', y, p, 1);
    if ((y === 0 || y === 1) && (p === 0 || p === 1)) return y === p ? 0 : Infinity;
    const clipped = Math.min(Math.max(p, epsilon), 1 - epsilon);
    const loss = -(y * naturalLogarithm(clipped) + (1 - y) * naturalLogarithm(1 - clipped));
    return loss <= epsilon ? 0 : loss;
  };
}

function poisson(epsilon: number): Loss {
  return (y, p) => {
    requireWithin('poisson', y, p, Infinity);
    const rate = Math.max(p, epsilon);
    return saturate(rate - y * naturalLogarithm(rate));
  };
}

function requireWithin(loss: string, y: number, p: number, most: number): void {
  if (y >= 0 && p >= 0 && y <= most && p <= most) return;
  const range = most === Infinity ? '0 or more' : `from 0 to ${most}`;
  throw new ProtocolError('INVALID_INPUT', `the loss ${loss} is of numbers ${range}, not ${y} and ${p}`);
}
