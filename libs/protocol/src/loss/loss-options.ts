import { ProtocolError } from '../errors';

/** Options of a loss function as they come from a topic or a configuration: by name, a number or its text. */
export type LossOptions = Readonly<Record<string, string | number>>;

export interface OptionSpec {
  /** Absent: the option has to be given. */
  readonly default?: number;
  readonly min: number;
  readonly max: number;
  /** The lower bound itself is not allowed. */
  readonly above?: true;
  readonly help: string;
}

export type OptionSpecs<Name extends string> = Readonly<Record<Name, OptionSpec>>;

/** Reads and checks all options of one function. An option that it does not have is refused: it would be without effect. */
export function readLossOptions<Name extends string>(
  loss: string,
  specs: OptionSpecs<Name>,
  given: LossOptions,
): Record<Name, number> {
  const names = Object.keys(specs) as Name[];
  for (const name of Object.keys(given)) {
    if (!names.some((known) => known === name)) {
      const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
      throw new ProtocolError('INVALID_PARAMETER', `the loss ${loss} has no option "${name}"; ${known}`);
    }
  }
  const entries = names.map((name) => [name, readOption(`${loss}.${name}`, specs[name], given[name])]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function readOption(name: string, spec: OptionSpec, given: string | number | undefined): number {
  const value = typeof given === 'string' ? numberOf(given) : (given ?? spec.default);
  if (value === undefined) {
    throw new ProtocolError('INVALID_PARAMETER', `the option ${name} is missing: ${spec.help}`);
  }
  const low = spec.above ? value > spec.min : value >= spec.min;
  if (low && value <= spec.max) return value;
  const from = spec.above ? `above ${spec.min}` : `from ${spec.min}`;
  throw new ProtocolError(
    'INVALID_PARAMETER',
    `the option ${name} is ${given}; set it to a number ${from} up to ${spec.max} (${spec.help})`,
  );
}

/** NaN for what is no number, an empty text among it. */
function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}
