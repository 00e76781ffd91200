import { z } from 'zod';
import { topicPath } from '../forms';
import { route } from '../route';
import { shadowStanding } from '../schemas/shadow';

export const listShadows = route({
  id: 'listShadows',
  method: 'GET',
  path: '/v1/topics/{id}/shadows',
  summary: 'Workers on trial: what they would have added to the network',
  description: 'Those with the highest mean contribution first; also workers that were shadows once.',
  tags: ['participants'],
  params: topicPath,
  answers: { 200: z.object({ shadows: z.array(shadowStanding) }) },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  conditional: true,
});

export const shadowRoutes = [listShadows];
