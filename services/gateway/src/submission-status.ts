import type { GetSubmissionResponse } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { SubmissionState } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { Injectable } from '@nestjs/common';
import { FactsStore } from './facts.store';
import { SubmissionLookup } from './submission-lookup';
import { standingOf } from './submission-standing';

/** How far a submission has come, by HTTP and gRPC. */
@Injectable()
export class SubmissionStatus {
  constructor(
    private readonly lookup: SubmissionLookup,
    private readonly facts: FactsStore,
  ) {}

  async of(hash: string): Promise<GetSubmissionResponse> {
    const found = await this.lookup.find(hash);
    const { topicId, nonce } = found.receipt;
    const facts =
      found.state === SubmissionState.IN_SET ? await this.facts.epoch(topicId, nonce) : { phases: {} };
    return standingOf(found, facts);
  }
}
