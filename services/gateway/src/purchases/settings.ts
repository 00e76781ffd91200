import { z } from 'zod';

const whole = (min: number, max: number, fallback: number, help: string) =>
  z.number().int().min(min).max(max).default(fallback).describe(help);

export const purchaseSettings = {
  purchaseLookMs: whole(10, 60_000, 250, 'Time between looks for purchases that are due, in ms'),
  purchaseCheckMs: whole(
    50,
    600_000,
    2_000,
    'Time between looks whether the deadline of a purchase has passed',
  ),
  purchaseLeaseMs: whole(
    1_000,
    600_000,
    15_000,
    'How long a replica has a purchase for itself; after that another one goes on with it',
  ),
  purchaseBlockMs: whole(
    10,
    3_600_000,
    15_000,
    'Longest that a block is expected to take, in ms: blocks a purchase may wait times this is its deadline by the clock',
  ),
  maxOpenPurchases: whole(1, 1_000_000, 1_000, 'Most purchases of one account that have not ended'),
  purchaseRetentionDays: whole(
    1,
    36_500,
    400,
    'Days after its end for which a purchase can be read, and repeated for the same answer',
  ),
};
