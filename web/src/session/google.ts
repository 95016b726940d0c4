const key = 'verbatim:verifier';
const toKey = 'verbatim:to';
const confirmKey = 'verbatim:confirm';

/** Goes to Google, and leads on to `to` afterwards. The hash of a secret that only this tab keeps makes the code that comes back worthless to anybody else. */
export async function startGoogleSignIn(to: string | null): Promise<void> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  sessionStorage.setItem(key, verifier);
  if (to !== null) sessionStorage.setItem(toKey, to); // after a try that came to nothing the address has lost it, and this one still counts
  location.assign(`/api/v1/auth/google?challenge=${base64url(new Uint8Array(hash))}`);
}

/** The same for somebody who is signed in: the sign-in only confirms that it is still they. */
export async function startConfirmation(): Promise<void> {
  sessionStorage.setItem(confirmKey, 'yes');
  await startGoogleSignIn('/settings');
}

export const isConfirmation = (): boolean => sessionStorage.getItem(confirmKey) !== null;
export const endConfirmation = (): void => { sessionStorage.removeItem(confirmKey); };

/** The secret of the sign-in under way, which is good once, and where it leads. */
export function takeSignIn(): { verifier: string | undefined; to: string | undefined } {
  return { verifier: take(key), to: take(toKey) };
}

function take(name: string): string | undefined {
  const value = sessionStorage.getItem(name) ?? undefined;
  sessionStorage.removeItem(name);
  return value;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
