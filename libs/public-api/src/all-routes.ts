import type { RouteShape } from './route';
import { compatRoutes } from './routes/compat';
import { epochRoutes } from './routes/epochs';
import { inferenceRoutes } from './routes/inferences';
import { keyRoutes } from './routes/keys';
import { networkRoutes } from './routes/network';
import { participantRoutes } from './routes/participants';
import { purchaseRoutes } from './routes/purchases';
import { streamRoutes } from './routes/streams';
import { submissionRoutes } from './routes/submissions';
import { topicRoutes } from './routes/topics';

/** Every operation of the public API, in the order of the document. */
export const allRoutes: readonly RouteShape[] = [
  ...topicRoutes,
  ...inferenceRoutes,
  ...epochRoutes,
  ...participantRoutes,
  ...submissionRoutes,
  ...streamRoutes,
  ...purchaseRoutes,
  ...keyRoutes,
  ...networkRoutes,
  ...compatRoutes,
];
