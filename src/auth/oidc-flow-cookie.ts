import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { hkdfSync } from 'node:crypto';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';

/** What we must remember of a sign-in while the person is away at the provider. */
export interface SignInFlow {
  state: string;
  nonce: string;
  /** The secret of our PKCE exchange with the provider. */
  verifier: string;
  /** The hash of the client's secret, for its exchange with us. */
  challenge?: string;
}

const name = 'verbatim_sign_in';
const path = '/api/v1/auth/google/callback';
const lifeSeconds = 600;
const encryption = { alg: 'dir', enc: 'A256GCM' } as const;

/**
 * The sign-in under way, kept by the browser itself, encrypted: nothing is stored here before anybody has proved who they are,
 * and any node can end what another began. SameSite=Lax, because the provider's redirect comes from another site. One at a
 * time: the latest start is the one that counts.
 */
@Injectable()
export class OidcFlowCookie {
  private readonly key: Uint8Array;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.key = new Uint8Array(hkdfSync('sha256', config.JWT_SECRET, '', 'verbatim sign-in flow', 32));
  }

  async keep(flow: SignInFlow, reply: FastifyReply): Promise<void> {
    const sealed = await new EncryptJWT({ ...flow }).setProtectedHeader(encryption).setExpirationTime(`${lifeSeconds}s`).encrypt(this.key);
    void reply.setCookie(name, sealed, { ...this.attributes(), maxAge: lifeSeconds });
  }

  /** The flow that this answer belongs to, which is then over. An answer to no flow of this browser leaves the cookie alone:
   * else any page could break off a sign-in by sending the browser here. */
  async take(answer: URLSearchParams, request: FastifyRequest, reply: FastifyReply): Promise<SignInFlow | null> {
    const flow = await this.open(request.cookies[name]);
    if (flow === null || flow.state !== answer.get('state')) return null;
    void reply.clearCookie(name, this.attributes());
    return flow;
  }

  private async open(sealed = ''): Promise<SignInFlow | null> {
    try {
      const { payload } = await jwtDecrypt<SignInFlow>(sealed, this.key, {
        keyManagementAlgorithms: [encryption.alg], contentEncryptionAlgorithms: [encryption.enc], requiredClaims: ['exp'],
      });
      return payload;
    } catch {
      return null;
    }
  }

  private attributes() {
    return { path, httpOnly: true, sameSite: 'lax', secure: this.config.PUBLIC_URL.startsWith('https:') } as const;
  }
}
