import { topicPath } from '../forms';
import { route } from '../route';
import { openWindows, registration, topicSettings } from '../schemas/topic';
import { registrationForm, topicChangeForm, topicForm } from '../topic-commands';

export const createTopic = route({
  id: 'createTopic',
  method: 'POST',
  path: '/v1/topics',
  summary: 'Makes a topic',
  description: '201 when it is made; the same signed bytes again: 200, and the same topic.',
  tags: ['topics'],
  body: topicForm,
  answers: { 201: topicSettings, 200: topicSettings },
  refusals: ['BAD_SIGNATURE', 'INVALID_TOPIC_PARAMS', 'CONFLICTING_REPEAT', 'INSUFFICIENT_BALANCE'],
  servedBy: 'topic-coordinator',
});

export const changeTopic = route({
  id: 'changeTopic',
  method: 'PATCH',
  path: '/v1/topics/{id}',
  summary: "Changes a topic's settings, by its creator",
  description: 'For the epochs that open after it, and only while no window is open.',
  tags: ['topics'],
  params: topicPath,
  body: topicChangeForm,
  answers: { 200: topicSettings },
  refusals: [
    ...(['BAD_SIGNATURE', 'UNKNOWN_TOPIC', 'NOT_THE_CREATOR', 'INVALID_TOPIC_PARAMS'] as const),
    ...(['WINDOW_OPEN', 'CONFLICTING_REPEAT'] as const),
  ],
  servedBy: 'topic-coordinator',
});

export const registerParticipant = route({
  id: 'registerParticipant',
  method: 'POST',
  path: '/v1/topics/{id}/registrations',
  summary: 'Registers a worker or a reputer in a topic',
  description:
    '201 when it is new; 200 with what stands already, or stands from now on by the same registration.',
  tags: ['participants'],
  params: topicPath,
  body: registrationForm,
  answers: { 201: registration, 200: registration },
  refusals: [
    ...(['BAD_SIGNATURE', 'UNKNOWN_TOPIC', 'INSUFFICIENT_BALANCE', 'CONFLICTING_REPEAT'] as const),
    ...(['OTHER_STANDING', 'TOO_MANY_SHADOWS'] as const),
  ],
  servedBy: 'topic-coordinator',
});

export const getWindows = route({
  id: 'getWindows',
  method: 'GET',
  path: '/v1/topics/{id}/windows',
  summary: 'What may be submitted now',
  description: 'With `Accept: text/event-stream` the same, again whenever it changes.',
  tags: ['topics', 'submissions'],
  params: topicPath,
  answers: { 200: openWindows },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  servedBy: 'topic-coordinator',
});

export const topicCommandRoutes = [createTopic, changeTopic, registerParticipant, getWindows];
