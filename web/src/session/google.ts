const key = 'verbatim:verifier';

/** Goes to Google. The hash of a secret that only this tab keeps makes the code that comes back worthless to anybody else. */
export async function startGoogleSignIn(): Promise<void> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  sessionStorage.setItem(key, verifier);
  location.assign(`/api/v1/auth/google?challenge=${base64url(new Uint8Array(hash))}`);
}

/** The secret of the sign-in under way; it is good once. */
export function takeVerifier(): string | undefined {
  const verifier = sessionStorage.getItem(key) ?? undefined;
  sessionStorage.removeItem(key);
  return verifier;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
