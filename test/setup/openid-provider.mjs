// A real OpenID provider on this machine, in a process of its own: node openid-provider.mjs <port> <redirect uri>. Whoever
// `login_hint` names, or else whoever was told of last, is logged in without being asked; `deny` stands for somebody who says no. It tells one JSON line when ready,
// with its private key, so that tests can also sign what a provider never would.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const accounts = new Map();
const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const privateJwk = { ...(await exportJWK(privateKey)), kid: 'test-key', alg: 'RS256', use: 'sig' };

const provider = new Provider(issuer, {
  clients: [{ client_id: 'verbatim-test', client_secret: 'a-secret-between-us', redirect_uris: [redirectUri] }],
  jwks: { keys: [privateJwk] },
  cookies: { keys: ['only for tests'] },
  claims: { email: ['email', 'email_verified'], profile: ['name', 'picture'] },
  conformIdTokenClaims: false, // Google, too, puts them into the ID token.
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  findAccount: (_ctx, sub) => accounts.has(sub) && { accountId: sub, claims: () => ({ ...accounts.get(sub), sub }) },
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const who = params.login_hint ?? [...accounts.keys()].at(-1);
  const denied = { error: 'access_denied', error_description: 'secret-looking text' };
  await provider.interactionFinished(request, response, who === 'deny' ? denied : { login: { accountId: who } });
}

/** PUT /test/accounts/<sub> sets what the provider will say of somebody. */
async function setAccount(request, response) {
  const body = (await request.toArray()).join('');
  accounts.set(request.url.split('/').at(-1), JSON.parse(body));
  response.end();
}

const serve = provider.callback();
createServer((request, response) => {
  if (request.url.startsWith('/test/accounts/')) return void setAccount(request, response);
  if (request.url.startsWith('/interaction/')) return void interact(request, response).catch((error) => response.writeHead(500).end(String(error)));
  return serve(request, response);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ issuer, privateJwk })}\n`));
