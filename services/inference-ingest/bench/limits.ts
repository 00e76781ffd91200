// One limit each, on the core it is started on: `verify` prints a rate, `post` the address of a door that does nothing.
import 'reflect-metadata';
import { createAccount } from '@allora/identity/account';
import { messageHash } from '@allora/identity/signature';
import { secp256k1 } from '@allora/identity/secp256k1';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { signedInferences } from './submissions';

const DURATION_MS = 1_500;

/** SHA-256 and one check, of messages that all differ. */
function verify(): number {
  const messages = signedInferences([createAccount()], 2_000, 1);
  let count = 0;
  const began = performance.now();
  while (performance.now() - began < DURATION_MS) {
    for (const { payload, publicKey, signature } of messages.slice(0, 100)) {
      if (!secp256k1.verify(publicKey, messageHash(payload), signature))
        throw new Error('a signature is wrong');
    }
    count += 100;
  }
  return count / ((performance.now() - began) / 1_000);
}

@Controller()
class EmptyHttp {
  @Post('empty')
  @HttpCode(202)
  empty(@Body() _body: unknown): object {
    return {};
  }
}

@Module({ controllers: [EmptyHttp] })
class EmptyModule {}

/** A door that does nothing: Nest on Fastify reads the body and answers. */
async function post(): Promise<string> {
  const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), {
    logger: false,
  });
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

console.log(process.argv[2] === 'post' ? await post() : verify());
