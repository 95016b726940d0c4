import { useChat } from '../chat/context';
import { Field } from '../parts/field';
import { OtherDoor } from './door';
import { Gate } from './gate';
import { useSession } from './session';
import { OtherWays } from './sign-in';
import { useForm } from './use-form';

export function RegisterPage() {
  const chat = useChat();
  const { enter } = useSession();
  const { busy, fault, faults, code, onSubmit } = useForm(async ({ name = '', username = '', email = '', password = '' }) => {
    await chat.register({ name: name.trim(), email: email.trim(), password, username: username.trim() === '' ? undefined : username.trim() });
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
        <button className="button main wide" disabled={busy}>{busy ? 'Creating …' : 'Create account'}</button>
      </form>
      <OtherWays />
      <p>You have an account? <OtherDoor href="/sign-in">Sign in</OtherDoor></p>
    </Gate>
  );
}
