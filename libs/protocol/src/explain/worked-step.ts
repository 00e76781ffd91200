/** A number of a calculation: a double, whole uallo, a list, or null for what is not stored. */
export type Quantity = number | bigint | readonly number[] | null;

/** One line of a worked calculation: `value` follows from `inputs` by `formula`. */
export interface WorkedStep {
  readonly name: string;
  /** In the symbols of the protocol's formulas. */
  readonly formula: string;
  /** Of the protocol's formulas. */
  readonly section: number;
  readonly inputs: Readonly<Record<string, Quantity>>;
  readonly value: Quantity;
  readonly text: string;
}

/** A step with its sentence. */
export function workedStep(step: Omit<WorkedStep, 'text'>): WorkedStep {
  const inputs = Object.entries(step.inputs).map(([name, value]) => `${name} = ${quantityText(value)}`);
  const beside = inputs.length === 0 ? '' : `, where ${inputs.join(', ')}`;
  return {
    ...step,
    text: `${step.name}: ${step.formula} = ${quantityText(step.value)}${beside} (section ${step.section})`,
  };
}

/** Longer lists stand in the inputs; a sentence tells only how long they are. */
const TOLD_NUMBERS = 10;

export function quantityText(value: Quantity): string {
  if (value === null) return 'none';
  if (typeof value === 'bigint') return `${value} uallo`;
  if (typeof value === 'number') return String(value);
  return value.length > TOLD_NUMBERS ? `${value.length} numbers` : `[${value.join(', ')}]`;
}
