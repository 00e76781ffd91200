import { RefusalError } from '@allora/contracts/errors';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';

/** Only those whose public key cannot be turned into a signing one: the JWKS is public, and "none" is no signature at all. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const clockToleranceSeconds = 5;
const jwksTimeoutMs = 3_000;
/** Least time between two fetches for a key id that is not in the set: made-up ids do not become a load on the issuer. */
const jwksCooldownMs = 30_000;
const jwksMaxAgeMs = 600_000;

export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** Where the token says the roles, dots going down: `realm_access.roles`. */
  readonly roleClaim: string;
  readonly operatorRole: string;
}

/** Access tokens of one OIDC issuer, checked against the keys that it publishes. */
export class OperatorTokens {
  private readonly keys: JWTVerifyGetKey;

  constructor(private readonly settings: OidcSettings) {
    this.keys = createRemoteJWKSet(new URL(settings.jwksUrl), {
      timeoutDuration: jwksTimeoutMs,
      cooldownDuration: jwksCooldownMs,
      cacheMaxAge: jwksMaxAgeMs,
    });
  }

  /** The subject of a token that stands and names an operator. Issuer away: refused as UNAVAILABLE, never let in. */
  async subjectOf(authorization: string | undefined): Promise<string> {
    const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw new RefusalError(
        'NOT_AUTHORIZED',
        'this address asks for an access token, as "Authorization: Bearer …"',
      );
    }
    const payload = await this.verify(token);
    if (!this.isOperator(payload)) {
      throw new RefusalError(
        'NOT_AN_OPERATOR_HERE',
        `the token has no role "${this.settings.operatorRole}"`,
        {
          roleClaim: this.settings.roleClaim,
        },
      );
    }
    return payload.sub ?? '';
  }

  private async verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.settings;
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      if (blamesToken(error))
        throw new RefusalError('NOT_AUTHORIZED', `the token is refused: ${error.message}`);
      throw new RefusalError('UNAVAILABLE', 'the keys of the token issuer cannot be had');
    }
  }

  private isOperator(payload: JWTPayload): boolean {
    const { roleClaim, operatorRole } = this.settings;
    const said = roleClaim
      .split('.')
      .reduce<unknown>(
        (claims, name) => (Object.hasOwn(Object(claims) as object, name) ? Object(claims)[name] : undefined),
        payload,
      );
    if (typeof said === 'string') return said.split(/[\s,]+/).includes(operatorRole);
    return Array.isArray(said) && said.includes(operatorRole);
  }
}

const awayCodes: readonly string[] = [
  errors.JOSEError.code,
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
];

/** Everything else, such as a failed fetch, says nothing of the token. */
const blamesToken = (error: unknown): error is errors.JOSEError =>
  error instanceof errors.JOSEError && !awayCodes.includes(error.code);
