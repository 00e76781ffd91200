import { addressPath } from '../forms';
import { route } from '../route';
import { participant } from '../schemas/participant';

export const getParticipant = route({
  id: 'getParticipant',
  method: 'GET',
  path: '/v1/participants/{address}',
  summary: 'A worker or reputer: registrations, standing by topic and role, latest epochs',
  tags: ['participants'],
  params: addressPath,
  answers: { 200: participant },
  refusals: ['UNKNOWN_PARTICIPANT'],
  scope: 'read',
  conditional: true,
});

export const participantRoutes = [getParticipant];
