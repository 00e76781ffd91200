import { kafka } from './local-kafka';
import { postgres } from './local-postgres';
import { redis } from './local-redis';
import type { LocalProgram } from './local-program';
import type { Part } from './state';

export const localPrograms: Record<Part, LocalProgram> = { postgres, kafka, redis };
