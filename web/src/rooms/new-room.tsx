import { useLocation } from 'wouter';
import { useChat } from '../chat/context';
import { Dialog } from '../parts/dialog';
import { Field } from '../parts/field';
import { useForm } from '../session/use-form';

export function NewRoom({ suggestion, onClose }: { suggestion: string; onClose: () => void }) {
  const chat = useChat();
  const [, navigate] = useLocation();
  const { busy, fault, faults, onSubmit } = useForm(async ({ name = '', topic = '', kind }) => {
    const room = await chat.api.createRoom({ name: name.trim(), topic: topic.trim(), kind: kind === 'private' ? 'private' : 'public' });
    onClose();
    navigate(`/rooms/${room.slug ?? room.id}`);
  });
  return (
    <Dialog title="New room" onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        {fault !== '' && <p className="alert" role="alert">{fault}</p>}
        <Field label="Name" name="name" defaultValue={suggestion} maxLength={100} required autoComplete="off" fault={faults.name} />
        <Field label="Topic" name="topic" maxLength={250} autoComplete="off" fault={faults.topic} hint="What it is about, in one line. It can be left empty." />
        <fieldset className="form" style={{ border: 0, padding: 0, margin: 0, gap: '0.5rem' }}>
          <legend className="legend">Who may come in?</legend>
          <label className="choice"><input type="radio" name="kind" value="public" defaultChecked /><strong>Everybody</strong><span>It is in the list of public rooms, with its earlier conversation.</span></label>
          <label className="choice"><input type="radio" name="kind" value="private" /><strong>Those whom I bring in</strong><span>Nobody else even learns that it exists.</span></label>
        </fieldset>
        <div className="row end">
          <button type="button" className="button" onClick={onClose}>Cancel</button>
          <button className="button main" disabled={busy}>Make the room</button>
        </div>
      </form>
    </Dialog>
  );
}
