import { useChat } from '../chat/context';
import { Field } from '../parts/field';
import { OtherDoor } from './door';
import { Gate } from './gate';
import { useSignInProviders } from './providers';
import { useSession } from './session';
import { OtherWays } from './sign-in';
import { useForm } from './use-form';

export function RegisterPage() {
  const chat = useChat();
  const { enter } = useSession();
  const { google, awaitsAdmin } = useSignInProviders();
  const { busy, fault, faults, code, onSubmit } = useForm(async ({ name = '', username = '', email = '', password = '', adminCode = '' }) => {
    await chat.register({ name: name.trim(), email: email.trim(), password, username: orNothing(username), adminCode: orNothing(adminCode) });
    await enter();
  });
  const emailFault = code === 'email_taken' ? <>{faults.email} <OtherDoor href="/sign-in">Sign in instead?</OtherDoor></> : faults.email;
  return (
    <Gate title="Create an account">
      {fault !== '' && <p className="alert" role="alert">{fault}</p>}
      <form className="form" onSubmit={onSubmit}>
        <Field label="Name" name="name" autoComplete="name" maxLength={100} required fault={faults.name} />
        <Field label="E-mail" name="email" type="email" autoComplete="email" maxLength={254} required fault={emailFault} hint="Only you see it." />
        <Field label="Username" name="username" autoComplete="username" autoCapitalize="none" minLength={2} maxLength={32} fault={faults.username} hint="Others call you by it, as in @alice. Leave it empty and one is chosen." />
        <Field label="Password" name="password" type="password" autoComplete="new-password" minLength={8} maxLength={128} required fault={faults.password} hint="At least 8 characters of any kind." />
        {awaitsAdmin && <Field label="Administrator code" name="adminCode" autoComplete="off" maxLength={100} fault={faults.adminCode} hint="This server has no administrator yet. The code in its log makes you one. Leave it empty to be an ordinary user." />}
        <button className="button main wide" disabled={busy}>{busy ? 'Creating …' : 'Create account'}</button>
      </form>
      <OtherWays google={google} />
      <p>You have an account? <OtherDoor href="/sign-in">Sign in</OtherDoor></p>
    </Gate>
  );
}

const orNothing = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());
