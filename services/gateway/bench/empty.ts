// A Fastify that does nothing but answer: the same number of bytes and headers as what it is held against.
import { fastify } from 'fastify';
import { z } from 'zod';

const { path, bytes, headers } = z
  .object({ path: z.string(), bytes: z.number(), headers: z.record(z.string(), z.string()) })
  .parse(JSON.parse(process.argv[2] ?? '{}'));

const body = Buffer.alloc(bytes, 'x');
const app = fastify();
app.get(path, (_request, reply) => reply.headers(headers).send(body));
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
