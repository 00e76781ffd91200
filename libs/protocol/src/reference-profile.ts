/*
 * Accidents of the reference chain that the profile keeps so that results agree with it. Each has one name here; a
 * better rule can later be offered beside it.
 */

/** Section 2: distances, divided by p, from c at which a normalised regret is capped, anchored and cut. */
export const WEIGHT_CAP = 6.75;
export const WEIGHT_ANCHOR = 8.25;
export const WEIGHT_CUT = 17.25;

/** Section 3: a forecast of one inferer implies that inference even when it is the one withheld. */
export const LONE_ELEMENT_IGNORES_WITHHOLDING = true;

/** Section 4: the naive value of a topic without a network loss is zero, not the median. */
export const NAIVE_WITHOUT_LOSSES = 0;

/**
 * Section 6: own loss of a forecaster that has a row of forecast-implied one-out losses but no entry for the withheld
 * inferer: a missing map entry that reads as zero.
 */
export const MISSING_IMPLIED_LOSS = 0;

/** Section 7: score of the only worker with a loss, which then also leaves EMA and quantile alone. */
export const LONE_WORKER_SCORE = 0;

/** Section 7: steps of the listening descent's forward difference, and of its backward one at exactly 1. */
export const GRADIENT_STEP = 0.001;

/** Section 8: EMA score of a participant never seen. */
export const UNKNOWN_EMA = 0;

/** Section 9: entropy of a role with a single participant. */
export const LONE_ENTROPY = 0.173286795139986;

/** Section 9: chi and stored ratio when neither the task nor any inferer scored. */
export const IDLE_CHI = 0.5;
export const IDLE_SCORE_RATIO = 0;

/** Section 10: weeks in a month, for the drip of fees. */
export const WEEKS_PER_MONTH = 4.345;

/** Section 10: share of reputers in the emission before it was first measured. */
export const INITIAL_REPUTERS_PERCENT = 0.3;

/** Section 11: vesting, in months. */
export const VESTING_CLIFF_MONTHS = 12;
export const VESTING_MONTHS = 36;
