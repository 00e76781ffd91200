import { hexOf } from '@allora/identity/hex';
import { decodeCanonical } from '@allora/contracts/canonical';
import { RefusalError } from '@allora/contracts/errors';
import { SignedPayload, type SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { TopicCommandsService } from '@allora/contracts/gen/allora/commands/v1/commands';
import { registrationForm, topicChangeForm, topicForm } from '@allora/public-api/topic-commands';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ChangeTopic } from './change-topic';
import { CreateTopic } from './create-topic';
import { roleName } from './proto';
import { RegisterParticipant } from './register-participant';

type Body = NonNullable<SignedPayload['body']>;

const creations = new ZodPipe(topicForm);
const changes = new ZodPipe(topicChangeForm);
const registrations = new ZodPipe(registrationForm);

/** The same commands as over HTTP: their fields are read from the signed bytes, and go the same way from there. */
@Injectable()
export class TopicCommandsGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly creation: CreateTopic,
    private readonly change: ChangeTopic,
    private readonly registration: RegisterParticipant,
  ) {}

  onModuleInit(): void {
    this.host.add(TopicCommandsService, {
      createTopic: async ({ signed }) => {
        const { fields, proof } = read(signed, 'topicCreation');
        return this.creation.create(creations.transform({ ...fields, ...proof }));
      },
      changeTopic: async ({ signed }) => {
        const { fields, proof } = read(signed, 'topicChange');
        const { topicId, ...asked } = fields;
        return { topic: await this.change.change(topicId, changes.transform({ ...asked, ...proof })) };
      },
      register: async ({ signed }) => {
        const { fields, proof } = read(signed, 'registration');
        const { topicId, address, role, shadow, requestId } = fields;
        const asked = { address, role: roleName(role), shadow, requestId: requestId || undefined };
        const form = registrations.transform({ ...asked, ...proof });
        return this.registration.register(topicId, form);
      },
    });
  }
}

/** The body that is asked for, of bytes in canonical form: one meaning, one signature. */
function read<C extends Body['$case']>(signed: SignedMessage | undefined, wanted: C) {
  if (!signed) throw new RefusalError('MALFORMED', 'signed: is required');
  const body = decodeCanonical(SignedPayload, signed.payload)?.body;
  if (body?.$case !== wanted) {
    throw new RefusalError('MALFORMED', `signed.payload: not the canonical form of a ${wanted}`);
  }
  return {
    fields: body.value as Extract<Body, { $case: C }>['value'],
    proof: { publicKey: hexOf(signed.publicKey), signature: hexOf(signed.signature) },
  };
}
