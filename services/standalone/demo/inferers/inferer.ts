import type { DailyPrice } from '../prices';

/** Tomorrow's close from the days up to today (oldest first, at least 300). */
export type Predict = (history: readonly DailyPrice[]) => number;

export const closesOf = (history: readonly DailyPrice[]): number[] => history.map(({ close }) => close);
