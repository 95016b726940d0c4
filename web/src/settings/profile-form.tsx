import { useChat, useMe } from '../chat/context';
import { Field } from '../parts/field';
import { notify } from '../parts/notices';
import { useForm } from '../session/use-form';

export function ProfileForm() {
  const chat = useChat();
  const me = useMe();
  const { busy, fault, faults, onSubmit } = useForm(async ({ name = '', username = '' }) => {
    const updated = await chat.api.updateMe({ name: name.trim(), username: username.trim() });
    Object.assign(me, updated); // `me` is the client's own object, which it stores with the next renewal
    chat.people.learn(updated);
    notify('Your profile is saved.');
  });
  return (
    <section className="card" aria-label="Profile">
      <h2>Profile</h2>
      <form className="form" onSubmit={onSubmit}>
        {fault !== '' && <p className="alert" role="alert">{fault}</p>}
        <Field label="Name" name="name" defaultValue={me.name} maxLength={100} required autoComplete="name" fault={faults.name} />
        <Field label="Username" name="username" defaultValue={me.username} minLength={2} maxLength={32} required autoComplete="username" fault={faults.username} hint="Others call you by it." />
        <div className="row"><button className="button" disabled={busy}>Save profile</button></div>
      </form>
    </section>
  );
}
