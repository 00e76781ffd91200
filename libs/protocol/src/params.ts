import { ProtocolError } from './errors';

/** Where a parameter is set: by a topic's creator, or for the whole network by governance of one module. */
export type ParameterSource = 'topic' | 'module' | 'mint';

export interface ParameterSpec {
  readonly default: number;
  readonly unit: string;
  readonly source: ParameterSource;
  readonly min: number;
  readonly max: number;
  readonly integer?: true;
  readonly help: string;
}

const fraction = { unit: '1', min: 0, max: 1 } as const;
/** Outside these bounds the potential's slope leaves the range of doubles; the chain allows far less. */
const steepness = { unit: '1', min: 1e-3, max: 1e3 } as const;
const offset = { unit: '1', min: -1e3, max: 1e3 } as const;
const positive = { unit: '1', min: 1e-12, max: 1e6 } as const;
const limit = { min: 1, max: 1e6, integer: true } as const;

/** Section 0: every parameter of the protocol, with unit, default, bounds and who sets it. */
export const PARAMETERS = {
  pNorm: { ...steepness, default: 3, source: 'topic', help: 'steepness p of the weight potential' },
  cNorm: { ...offset, default: 0.75, source: 'module', help: 'offset c of the weight potential' },
  epsilon: { ...positive, default: 0.01, source: 'topic', help: 'floor under a standard deviation' },
  epsilonSafeDiv: { ...positive, default: 1e-7, source: 'module', help: 'floor under a divisor' },
  alphaRegret: { ...fraction, default: 0.1, source: 'topic', help: 'share of the new regret in its average' },
  initialRegretQuantile: { ...fraction, default: 0.25, source: 'module', help: 'quantile of a newcomer' },
  pNormSafeDiv: {
    ...offset,
    default: 8.25,
    source: 'module',
    help: 'depth of a newcomer below the quantile',
  },

  learningRate: { ...positive, default: 0.05, source: 'module', help: 'step of the listening descent' },
  gradientDescentMaxIters: {
    unit: 'iterations',
    min: 0,
    max: 1000,
    integer: true,
    default: 10,
    source: 'module',
    help: 'most steps of the listening descent',
  },
  maxGradientThreshold: {
    ...positive,
    default: 0.001,
    source: 'module',
    help: 'gradient that ends the descent',
  },
  minStakeFraction: { ...fraction, default: 0.5, source: 'module', help: 'least share of stake listened to' },
  epsilonReputer: {
    ...positive,
    default: 0.01,
    source: 'module',
    help: 'inverse of the highest reputer score',
  },

  meritSortitionAlpha: {
    ...fraction,
    default: 0.1,
    source: 'topic',
    help: 'share of the new score in the EMA',
  },
  activeInfererQuantile: {
    ...fraction,
    default: 0.2,
    source: 'topic',
    help: 'score passive inferers approach',
  },
  activeForecasterQuantile: { ...fraction, default: 0.2, source: 'topic', help: 'the same, forecasters' },
  activeReputerQuantile: { ...fraction, default: 0.2, source: 'topic', help: 'the same, reputers' },
  quantile: { ...fraction, default: 0.2, source: 'topic', help: 'the same, for one role taken alone' },

  pRewardInference: {
    ...steepness,
    default: 1,
    source: 'module',
    help: 'steepness of the inferer potential',
  },
  cRewardInference: { ...offset, default: 0.75, source: 'module', help: 'offset of the inferer potential' },
  pRewardForecast: {
    ...steepness,
    default: 3,
    source: 'module',
    help: 'steepness of the forecaster potential',
  },
  cRewardForecast: { ...offset, default: 0.75, source: 'module', help: 'offset of the forecaster potential' },
  pRewardReputer: { ...steepness, default: 3, source: 'module', help: 'power of stake times score' },
  taskRewardAlpha: {
    ...fraction,
    default: 0.1,
    source: 'module',
    help: 'smoothing of fractions and task score',
  },
  betaEntropy: {
    unit: '1',
    min: 0,
    max: 100,
    default: 0.25,
    source: 'module',
    help: 'number-ratio exponent',
  },
  maxSamples: { ...limit, unit: 'scores', default: 10, source: 'module', help: 'scores that set the scale' },

  stakeImportance: { unit: '1', min: 0, max: 10, default: 0.5, source: 'module', help: 'exponent of stake' },
  feeImportance: { unit: '1', min: 0, max: 10, default: 0.5, source: 'module', help: 'exponent of fees' },
  topicRewardAlpha: { ...fraction, default: 0.5, source: 'module', help: 'share of the new topic weight' },
  blocksPerMonth: {
    unit: 'blocks',
    min: 1,
    max: 1e12,
    integer: true,
    default: 864_000,
    source: 'module',
    help: 'B',
  },

  maxSupply: {
    unit: 'ALLO',
    min: 1,
    max: 1e15,
    default: 1e9,
    source: 'mint',
    help: 'tokens that may ever exist',
  },
  fEmission: {
    ...fraction,
    unit: '1/month',
    default: 0.025,
    source: 'mint',
    help: 'share emitted of the locked',
  },
  smoothing: { ...fraction, default: 0.1, source: 'mint', help: 'share of the new rate at one month' },
  ecosystemPercent: { ...fraction, default: 0.3595, source: 'mint', help: 'supply minted by emission' },
  investorsPercent: { ...fraction, default: 0.2605, source: 'mint', help: 'supply of investors, vesting' },
  investorsPreseedPercent: { ...fraction, default: 0.05, source: 'mint', help: 'preseed supply, vesting' },
  teamPercent: { ...fraction, default: 0.175, source: 'mint', help: 'supply of the team, vesting' },
  foundationPercent: { ...fraction, default: 0.1, source: 'mint', help: 'supply of the foundation' },
  participantsPercent: { ...fraction, default: 0.055, source: 'mint', help: 'supply of early participants' },
  maxMonthlyYield: {
    unit: '1/month',
    min: 0,
    max: 1e3,
    default: 0.0095,
    source: 'mint',
    help: 'yield limit',
  },
  validatorsPercent: { ...fraction, default: 0.25, source: 'module', help: 'block emission of validators' },

  maxTopInferersToReward: {
    ...limit,
    unit: 'inferers',
    default: 32,
    source: 'module',
    help: 'active inferers',
  },
  maxTopForecastersToReward: {
    ...limit,
    unit: 'forecasters',
    default: 6,
    source: 'module',
    help: 'active ones',
  },
  maxTopReputersToReward: {
    ...limit,
    unit: 'reputers',
    default: 6,
    source: 'module',
    help: 'active reputers',
  },
  maxElementsPerForecast: {
    ...limit,
    unit: 'inferers',
    default: 12,
    source: 'module',
    help: 'of one forecast',
  },
  maxActiveTopicsPerBlock: {
    ...limit,
    unit: 'topics',
    default: 1,
    source: 'module',
    help: 'paid in one block',
  },
  minTopicWeight: {
    unit: '1',
    min: 0,
    max: 1e30,
    default: 100,
    source: 'module',
    help: 'below it: inactive',
  },
  requiredMinimumStake: {
    unit: 'uallo',
    min: 0,
    max: 1e30,
    default: 10_000,
    source: 'module',
    help: 'reputer',
  },
} as const satisfies Record<string, ParameterSpec>;

export type ParameterName = keyof typeof PARAMETERS;
export type Params = Readonly<Record<ParameterName, number>>;

export const SYNTHESIS_PARAMETERS = ['pNorm', 'cNorm', 'epsilon', 'epsilonSafeDiv'] as const;
export const REGRET_PARAMETERS = [
  'alphaRegret',
  'pNorm',
  'cNorm',
  'epsilon',
  'initialRegretQuantile',
  'pNormSafeDiv',
] as const;
export const DESCENT_PARAMETERS = [
  'learningRate',
  'gradientDescentMaxIters',
  'maxGradientThreshold',
  'minStakeFraction',
  'epsilonReputer',
  'epsilonSafeDiv',
] as const;
export const SCORE_PARAMETERS = [
  ...DESCENT_PARAMETERS,
  'meritSortitionAlpha',
  'activeInfererQuantile',
  'activeForecasterQuantile',
  'activeReputerQuantile',
] as const;
export const SORTITION_PARAMETERS = ['meritSortitionAlpha', 'quantile'] as const;
export const REWARD_PARAMETERS = [
  'pRewardInference',
  'cRewardInference',
  'pRewardForecast',
  'cRewardForecast',
  'pRewardReputer',
  'taskRewardAlpha',
  'betaEntropy',
  'epsilon',
  'maxSamples',
] as const;
export const TOPIC_PARAMETERS = [
  'stakeImportance',
  'feeImportance',
  'topicRewardAlpha',
  'blocksPerMonth',
] as const;
export const EMISSION_PARAMETERS = [
  'maxSupply',
  'fEmission',
  'smoothing',
  'ecosystemPercent',
  'investorsPercent',
  'investorsPreseedPercent',
  'teamPercent',
  'maxMonthlyYield',
  'validatorsPercent',
] as const;

export type SynthesisParams = Pick<Params, (typeof SYNTHESIS_PARAMETERS)[number]>;
export type RegretParams = Pick<Params, (typeof REGRET_PARAMETERS)[number]>;
export type DescentParams = Pick<Params, (typeof DESCENT_PARAMETERS)[number]>;
export type ScoreParams = Pick<Params, (typeof SCORE_PARAMETERS)[number]>;
export type SortitionParams = Pick<Params, (typeof SORTITION_PARAMETERS)[number]>;
export type RewardParams = Pick<Params, (typeof REWARD_PARAMETERS)[number]>;
export type TopicParams = Pick<Params, (typeof TOPIC_PARAMETERS)[number]>;
export type EmissionParams = Pick<Params, (typeof EMISSION_PARAMETERS)[number]>;

export const DEFAULT_PARAMS = Object.fromEntries(
  Object.entries(PARAMETERS).map(([name, spec]) => [name, spec.default]),
) as Params;

/** Refuses a parameter outside its bounds: within them no stage can produce a number that is not finite. */
export function checkParams<K extends ParameterName>(params: Pick<Params, K>, names: readonly K[]): void {
  for (const name of names) {
    const spec: ParameterSpec = PARAMETERS[name];
    const value: number = params[name];
    if (!(value >= spec.min && value <= spec.max) || (spec.integer && !Number.isInteger(value))) {
      const kind = spec.integer ? 'a whole number' : 'a number';
      throw new ProtocolError(
        'INVALID_PARAMETER',
        `${name} is ${value}; set it to ${kind} from ${spec.min} to ${spec.max}`,
      );
    }
  }
}
