import type { RouteShape } from './route';
import { commandRoutes } from './routes/commands';
import { compatRoutes } from './routes/compat';
import { economyRoutes } from './routes/economy';
import { epochRoutes } from './routes/epochs';
import { inferenceRoutes } from './routes/inferences';
import { keyRoutes } from './routes/keys';
import { networkRoutes } from './routes/network';
import { participantRoutes } from './routes/participants';
import { pastEpochRoutes } from './routes/past-epochs';
import { purchaseRoutes } from './routes/purchases';
import { shadowRoutes } from './routes/shadows';
import { streamRoutes } from './routes/streams';
import { submissionRoutes } from './routes/submissions';
import { topicCommandRoutes } from './routes/topic-commands';
import { topicRoutes } from './routes/topics';

/** Every operation of the public API, in the order of the document. */
export const allRoutes: readonly RouteShape[] = [
  ...topicRoutes,
  ...topicCommandRoutes,
  ...inferenceRoutes,
  ...epochRoutes,
  ...participantRoutes,
  ...shadowRoutes,
  ...submissionRoutes,
  ...streamRoutes,
  ...purchaseRoutes,
  ...economyRoutes,
  ...pastEpochRoutes,
  ...commandRoutes,
  ...keyRoutes,
  ...networkRoutes,
  ...compatRoutes,
];
