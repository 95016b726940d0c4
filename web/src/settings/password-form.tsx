import { useChat, useMe } from '../chat/context';
import { Field } from '../parts/field';
import { notify } from '../parts/notices';
import { startConfirmation } from '../session/google';
import { useForm } from '../session/use-form';

export function PasswordForm() {
  const chat = useChat();
  const me = useMe();
  const { hasPassword, username } = me;
  const { busy, fault, faults, code, onSubmit } = useForm(async ({ current, next = '' }, form) => {
    await chat.api.changePassword({ current, next });
    me.hasPassword = true; // the client's own object, as in the profile
    form.reset();
    notify('The password is changed. Your other devices were signed out.');
  });
  return (
    <section className="card" aria-label="Password">
      <h2>Password</h2>
      <form className="form" onSubmit={onSubmit}>
        {code === 'reauthentication_required'
          ? <div className="alert" role="alert"><p>{fault}</p><button type="button" className="button small" onClick={() => void startConfirmation()}>Continue with Google</button></div>
          : fault !== '' && <p className="alert" role="alert">{fault}</p>}
        <input className="unseen" type="text" name="username" autoComplete="username" value={username} readOnly tabIndex={-1} aria-hidden="true" />
        {hasPassword && <Field label="Current password" name="current" type="password" autoComplete="current-password" required fault={faults.current} />}
        <Field label="New password" name="next" type="password" autoComplete="new-password" minLength={8} maxLength={128} required fault={faults.next ?? faults.password} hint="All your other devices are signed out." />
        <div className="row"><button className="button" disabled={busy}>{hasPassword ? 'Change password' : 'Set password'}</button></div>
      </form>
    </section>
  );
}
