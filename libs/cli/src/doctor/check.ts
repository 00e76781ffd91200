import { failureOf } from '../exit-codes';

export type CheckState = 'ok' | 'failed' | 'skipped';

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly detail: string;
  /** What to do; of failed ones. */
  readonly remedy?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

type Facts = Readonly<Record<string, unknown>>;

export const ok = (name: string, detail: string, facts: Facts = {}): Check => ({
  name,
  state: 'ok',
  detail,
  facts,
});

export const failed = (name: string, detail: string, remedy: string, facts: Facts = {}): Check => ({
  ...{ name, state: 'failed', detail, remedy, facts },
});

export const skipped = (name: string, detail: string): Check => ({ name, state: 'skipped', detail });

/** What breaks a check has failed it. */
export async function guarded(name: string, remedy: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    const failure = failureOf(error);
    const detail = failure.code === 'FAILED' ? failure.detail : `${failure.code}: ${failure.detail}`;
    return failed(name, detail, failure.remedy ?? remedy, failure.facts);
  }
}
