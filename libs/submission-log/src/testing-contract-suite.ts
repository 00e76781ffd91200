import { frameworkPath } from '@allora/public-api/route';
import { isPublic } from '@allora/public-api/testing/served-routes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Submission } from './kind';
import { IngestContract, type IngestUnderTest } from './testing-contract';

/**
 * What every service with a submission log holds of its part of the document; called from a test file of the service, which says
 * of which routes that is: their ids are returned.
 */
export function holdsItsPartOfTheDocument<P extends Submission, S>(
  underTest: IngestUnderTest<P, S>,
): readonly string[] {
  const ingest = new IngestContract(underTest);
  beforeAll(() => ingest.start());
  afterAll(() => ingest.close());

  describe('the document', () => {
    it('has every route that is served, and no other of this service', () => {
      const documented = ingest.ownRoutes.map((shape) => `${shape.method} ${frameworkPath(shape)}`);
      expect(ingest.served.filter(isPublic).sort()).toEqual(documented.sort());
    });
  });

  describe.each(ingest.ownRoutes.map((shape) => [shape.id, shape] as const))('%s', (_id, shape) => {
    it('answers requests of the documented form as documented', async () => {
      expect(await ingest.holdsForValid(shape)).toEqual(ingest.outcomesOf(shape));
    });

    it('refuses others as documented', () => ingest.refusesBroken(shape));
  });
  return ingest.ownRoutes.map(({ id }) => id);
}
