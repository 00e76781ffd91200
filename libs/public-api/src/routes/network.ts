import { z } from 'zod';
import { route } from '../route';
import { uallo } from '../schemas/common';

const publicKey = z.string().meta({ description: 'A compressed secp256k1 key in hex.' });

const validity = {
  from: z.string().nullable().meta({ description: 'ISO time; null where there is no beginning.' }),
  until: z.string().nullable().meta({ description: 'ISO time; null where there is no end.' }),
};

export const getNetwork = route({
  id: 'getNetwork',
  method: 'GET',
  path: '/v1/network',
  summary: 'What a client needs to sign for this network, and to check what it signed',
  tags: ['network'],
  answers: {
    200: z.object({
      chainId: z.string().meta({ example: 'allora-local-1' }),
      networkPublicKey: publicKey,
      receiptsVerifiableWith: z.array(publicKey),
      otherKeys: z.array(z.object({ publicKey, ...validity })).meta({
        description: 'Keys that the network signs with at other times: the next one, and former ones.',
      }),
      fees: z
        .object({
          topicCreationUallo: uallo,
          registrationUallo: uallo,
          submissionUallo: uallo.meta({ description: 'Of a submission that is in its epoch’s set.' }),
        })
        .nullable()
        .meta({ description: 'Null while the ledger is away.' }),
    }),
  },
  refusals: [],
});

export const getEvmSigning = route({
  id: 'getEvmSigning',
  method: 'GET',
  path: '/v1/evm',
  summary: 'What the owner of a contract needs to let this network’s signatures in',
  tags: ['network'],
  answers: {
    200: z.object({
      signer: z
        .string()
        .nullable()
        .meta({ description: 'Address that signs for contracts; null where none does.' }),
      otherSigners: z.array(z.object({ address: z.string(), ...validity })).meta({
        description:
          'Addresses that sign at other times: the next one, to be allowed before, and former ones.',
      }),
      consumers: z.array(
        z.object({
          signatureFormat: z.string().meta({ example: 'ethereum-11155111' }),
          chainId: z.int(),
          contract: z.string(),
        }),
      ),
    }),
  },
  refusals: [],
});

export const getDocument = route({
  id: 'getOpenApiDocument',
  method: 'GET',
  path: '/v1/openapi.json',
  summary: 'This document',
  tags: ['network'],
  answers: { 200: z.looseObject({ openapi: z.string().meta({ example: '3.1.0' }) }) },
  refusals: [],
  conditional: true,
});

export const networkRoutes = [getNetwork, getEvmSigning, getDocument];
