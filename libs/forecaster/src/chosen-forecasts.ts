import type { InfererForecast } from './forecaster';

/** Fewer than three would make the forecaster a copy of one inferer. */
const CHOSEN_MIN = 3;

/**
 * The better half of the forecasts, best first. The network weighs inferers by the differences of their forecast losses in units
 * of all differences: one hopeless inferer in a forecast makes all the others look alike, so what is not worth hearing is left out.
 */
export function chosenForecasts(
  forecasts: readonly InfererForecast[],
  most: number,
): readonly InfererForecast[] {
  return forecasts.slice(0, Math.min(most, Math.max(CHOSEN_MIN, Math.ceil(forecasts.length / 2))));
}
