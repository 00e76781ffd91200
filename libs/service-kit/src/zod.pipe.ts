import type { PipeTransform } from '@nestjs/common';
import { RefusalError } from '@allora/contracts/errors';
import type { z } from 'zod';

const maxReportedErrors = 20;

/** Parses a body, query or parameter; what does not fit is refused with every field that is wrong. */
export class ZodPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(private readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    const parsed = this.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const errors = parsed.error.issues
      .slice(0, maxReportedErrors)
      .map(({ path, message }) => ({ path: path.join('.'), message }));
    const [first] = errors;
    const detail = first?.path ? `${first.path}: ${first.message}` : (first?.message ?? 'malformed');
    throw new RefusalError('MALFORMED', detail, { errors });
  }
}
