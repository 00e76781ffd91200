import { z } from 'zod';
import { addressPath, limitText, orElse, topicPath, wholeNumber } from '../forms';
import { route } from '../route';
import { account, postings } from '../schemas/account';
import { emission, supply, topicEconomy, topicStakes } from '../schemas/economy';

export const getSupply = route({
  id: 'getSupply',
  method: 'GET',
  path: '/v1/supply',
  summary: 'The supply, and that nothing was made or lost',
  tags: ['economy'],
  answers: { 200: supply },
  refusals: [],
  scope: 'read',
  servedBy: 'rewards',
});

export const getEmission = route({
  id: 'getEmission',
  method: 'GET',
  path: '/v1/emission',
  summary: 'Rate and emission as the latest months set them',
  tags: ['economy'],
  query: z.strictObject({
    months: orElse(
      wholeNumber({ what: 'a number of months', min: 1, max: 1_200, description: 'Most of them.' }),
      12,
    ),
  }),
  answers: { 200: emission },
  refusals: [],
  scope: 'read',
  servedBy: 'rewards',
});

export const getAccount = route({
  id: 'getAccount',
  method: 'GET',
  path: '/v1/accounts/{address}',
  summary: 'What an address has: balance, stakes, delegations, removals',
  tags: ['economy'],
  params: addressPath,
  answers: { 200: account },
  refusals: [],
  scope: 'read',
  servedBy: 'rewards',
});

export const listPostings = route({
  id: 'listPostings',
  method: 'GET',
  path: '/v1/accounts/{address}/postings',
  summary: 'What moved it, newest first',
  description: 'Transfers are never split: a page holds all postings of those that it has.',
  tags: ['economy'],
  params: addressPath,
  query: z.strictObject({
    before: wholeNumber({
      what: 'the id of a transfer',
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      description: 'Only earlier transfers than this: `before` of the page before.',
    }).optional(),
    limit: limitText(500, 50).meta({ description: 'Most transfers of the answer.' }),
  }),
  answers: { 200: postings },
  refusals: [],
  scope: 'read',
  servedBy: 'rewards',
});

export const getTopicEconomy = route({
  id: 'getTopicEconomy',
  method: 'GET',
  path: '/v1/topics/{id}/economy',
  summary: 'Fees that count, weight and stake of a topic',
  tags: ['economy', 'topics'],
  params: topicPath,
  answers: { 200: topicEconomy },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  servedBy: 'rewards',
});

export const listStakes = route({
  id: 'listStakes',
  method: 'GET',
  path: '/v1/topics/{id}/stakes',
  summary: 'Who has staked in a topic',
  tags: ['economy', 'topics'],
  params: topicPath,
  answers: { 200: topicStakes },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  servedBy: 'rewards',
});

export const economyRoutes = [getSupply, getEmission, getAccount, listPostings, getTopicEconomy, listStakes];
