import {
  ForecastIngestService,
  type GetSubmissionResponse,
  InferenceIngestService,
  LossIngestService,
  SubmissionState,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { RefusalError } from '@allora/contracts/errors';
import { neighbour } from '@allora/service-kit/testing';

/** Topic 77 exists and was never told on the log. */
export const coordinatorModule = () =>
  neighbour(TopicCoordinatorService, {
    getTopic: async ({ topicId }) => ({
      topic: topicId === 77 ? Topic.fromPartial({ id: 77 }) : undefined,
    }),
  });

export const fees = { topicCreationUallo: '75000', registrationUallo: '200', submissionUallo: '10' };
export const rewardsModule = () => neighbour(RewardsService, { getFees: async () => fees });

type Shelf = Map<string, GetSubmissionResponse>;

/** What each ingest service holds, by hash; one that is away answers nobody. */
export class Shelves {
  readonly inferences: Shelf = new Map();
  readonly forecasts: Shelf = new Map();
  readonly losses: Shelf = new Map();
  readonly away = new Set<Shelf>();

  modules() {
    return [
      neighbour(InferenceIngestService, { getSubmission: this.looking(this.inferences) }),
      neighbour(ForecastIngestService, { getSubmission: this.looking(this.forecasts) }),
      neighbour(LossIngestService, { getSubmission: this.looking(this.losses) }),
    ];
  }

  private looking(shelf: Shelf) {
    return async ({ hash }: { readonly hash: string }): Promise<GetSubmissionResponse> => {
      if (this.away.has(shelf)) throw new RefusalError('UNAVAILABLE', 'the database is away');
      const nothing = {
        receipt: undefined,
        state: SubmissionState.UNSPECIFIED,
        supersededBy: '',
        commitment: false,
      };
      return shelf.get(hash) ?? nothing;
    };
  }
}
