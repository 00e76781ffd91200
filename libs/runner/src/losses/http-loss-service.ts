import { z } from 'zod';
import { AnswerError, shown } from '../answers/decimal';
import { tryLossless } from '../answers/lossless-json';
import { askText } from '../models/http-text';

export interface LossServiceOptions {
  readonly url: string;
  /** Passed on untouched; `loss_method` names the function. */
  readonly options: Readonly<Record<string, string>>;
  /** Where it is known beforehand, the service is not asked. */
  readonly isNeverNegative?: boolean | undefined;
  /** Calls under way at once; an epoch takes hundreds. */
  readonly maxConcurrent?: number | undefined;
}

const DEFAULT_CONCURRENT = 16;
const lossShape = z.object({ loss: z.string() });
const neverShape = z.object({ is_never_negative: z.boolean() });

/** A loss service as the off-chain node calls it, but for many values at once. */
export class HttpLossService {
  constructor(private readonly settings: LossServiceOptions) {}

  get method(): string | undefined {
    return this.settings.options['loss_method'];
  }

  async isNeverNegative(signal: AbortSignal): Promise<boolean> {
    const { isNeverNegative, options } = this.settings;
    if (isNeverNegative !== undefined) return isNeverNegative;
    return (await this.post('is_never_negative', { options }, neverShape, signal)).is_never_negative;
  }

  /** A loss for each value, in their order; each distinct value is asked for once. */
  async calculate(truth: string, values: readonly string[], signal: AbortSignal): Promise<number[]> {
    const distinct = [...new Set(values)];
    const losses = new Map<string, number>();
    const next = distinct.values();
    const lane = async (): Promise<void> => {
      for (const value of next) losses.set(value, await this.lossOf(truth, value, signal));
    };
    const lanes = Math.min(this.settings.maxConcurrent ?? DEFAULT_CONCURRENT, distinct.length);
    await Promise.all(Array.from({ length: lanes }, lane));
    return values.map((value) => losses.get(value)!);
  }

  private async lossOf(truth: string, value: string, signal: AbortSignal): Promise<number> {
    const body = { y_true: truth, y_pred: value, options: this.settings.options };
    const { loss } = await this.post('calculate', body, lossShape, signal);
    const number = loss.trim() === '' ? NaN : Number(loss);
    if (Number.isFinite(number)) return number;
    throw new AnswerError(`the loss service answered ${shown(loss)} for truth ${truth} and value ${value}`);
  }

  private async post<T>(path: string, body: object, shape: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const url = `${this.settings.url.replace(/\/+$/, '')}/${path}`;
    const text = await askText({ url, signal, body: JSON.stringify(body) });
    const answer = shape.safeParse(tryLossless(text));
    if (answer.success) return answer.data;
    throw new AnswerError(`the answer of ${url} is not as documented: ${shown(text)}`);
  }
}
