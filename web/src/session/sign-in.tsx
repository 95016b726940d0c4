import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useChat } from '../chat/context';
import { demoPassword, demoPeople, isDemo } from '../demo/demo-people';
import { reason, reasonFor } from '../parts/errors';
import { Field } from '../parts/field';
import { Waiting } from '../parts/waiting';
import { Confirmation } from './confirmation';
import { OtherDoor } from './door';
import { Gate } from './gate';
import { isConfirmation, startGoogleSignIn, takeSignIn } from './google';
import { useSignInProviders } from './providers';
import { useSession } from './session';
import { useForm } from './use-form';

export function SignInPage() {
  const [search] = useSearchParams();
  const { standing } = useSession();
  const code = search.get('code');
  const problem = search.get('error');
  if (standing === 'in' && isConfirmation()) return <Confirmation code={code} problem={problem} />;
  return <Gate title="Sign in">{code === null ? <SignInForm problem={problem} /> : <Exchange code={code} />}</Gate>;
}

function SignInForm({ problem }: { problem: string | null }) {
  const chat = useChat();
  const { enter } = useSession();
  const { google } = useSignInProviders();
  const { busy, fault, faults, onSubmit } = useForm(async ({ login = '', password = '' }) => {
    await chat.login({ login: login.trim(), password });
    await enter();
  });
  const said = fault !== '' ? fault : problem === null ? '' : (reasonFor(problem) ?? 'The sign-in was not completed. Try again.');
  return (
    <>
      {said !== '' && <p className="alert" role="alert">{said}</p>}
      <form className="form" onSubmit={onSubmit}>
        <Field label="E-mail or username" name="login" autoComplete="username" autoCapitalize="none" required fault={faults.login} />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required fault={faults.password} />
        <button className="button main wide" disabled={busy}>{busy ? 'Signing in …' : 'Sign in'}</button>
      </form>
      <OtherWays google={google} />
      {isDemo && <DemoHint />}
      <p>New here? <OtherDoor href="/register">Create an account</OtherDoor></p>
    </>
  );
}

/** What else this server offers: Google, when it says so. */
export function OtherWays({ google }: { google: boolean }) {
  const [search] = useSearchParams();
  if (!google) return null;
  return (
    <>
      <p className="or">or</p>
      <button type="button" className="button wide" onClick={() => void startGoogleSignIn(search.get('to'))}>Continue with Google</button>
    </>
  );
}

function DemoHint() {
  const chat = useChat();
  const { enter } = useSession();
  const [fault, setFault] = useState('');
  const come = (login: string) => {
    chat.login({ login, password: demoPassword }).then(enter).catch((error: unknown) => { setFault(reason(error)); });
  };
  return (
    <div className="demo-hint">
      <p>This is a demo server. Come in as one of its people, or watch <a href="/demo">both at once</a>.</p>
      <div className="row">{demoPeople.map((name) => <button key={name} type="button" className="button small" onClick={() => { come(name); }}>Enter as {name}</button>)}</div>
      {fault !== '' && <p className="fault" role="alert">{fault}</p>}
    </div>
  );
}

/** Back from Google: the code in the address becomes a session, and leaves the address. The gate reads there where the way goes on. */
function Exchange({ code }: { code: string }) {
  const chat = useChat();
  const { enter } = useSession();
  const [, setSearch] = useSearchParams();
  const used = useRef('');
  useEffect(() => {
    if (used.current === code) return; // it is good once, and effects may run twice
    used.current = code;
    const { verifier, to } = takeSignIn();
    const way: Record<string, string> = to === undefined ? {} : { to };
    setSearch({ code, ...way }, { replace: true });
    chat.exchange({ code, verifier }).then(enter).catch((error: unknown) => {
      setSearch({ error: error instanceof Error && 'code' in error ? String(error.code) : 'sign_in_failed', ...way }, { replace: true });
    });
  }, [chat, code, enter, setSearch]);
  return <Waiting label="Finishing the sign-in" />;
}
