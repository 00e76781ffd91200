import { z } from 'zod';

export const advanceForm = z.strictObject({ height: z.int().min(0) });
export type AdvanceForm = z.output<typeof advanceForm>;
