import type { IngestSchema } from './kind';

/** The tables of one half of a log: of values, or of the commitments to them. They have the same columns. */
export interface LogTables {
  readonly schema: IngestSchema;
  /** What stands, by author and nonce. */
  readonly standing: string;
  readonly receipts: string;
  readonly seals: string;
}

export const tablesOfValues = (schema: IngestSchema): LogTables => ({
  schema,
  standing: 'submissions',
  receipts: 'receipts',
  seals: 'sealed_sets',
});

export const tablesOfCommitments = (schema: IngestSchema): LogTables => ({
  schema,
  standing: 'commitments',
  receipts: 'commitment_receipts',
  seals: 'commitment_seals',
});
