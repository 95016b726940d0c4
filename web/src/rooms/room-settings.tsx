import type { RoomHandle } from '@verbatim/client';
import { useChat } from '../chat/context';
import { Dialog } from '../parts/dialog';
import { Field } from '../parts/field';
import { useForm } from '../session/use-form';

export function RoomSettings({ room, onClose }: { room: RoomHandle; onClose: () => void }) {
  const chat = useChat();
  const { busy, fault, faults, onSubmit } = useForm(async ({ name = '', topic = '' }) => {
    await chat.api.updateRoom({ id: room.id, name: name.trim(), topic: topic.trim() });
    onClose();
  });
  return (
    <Dialog title="Name and topic" onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        {fault !== '' && <p className="alert" role="alert">{fault}</p>}
        <Field label="Name" name="name" defaultValue={room.info.name} maxLength={100} required autoComplete="off" fault={faults.name} />
        <Field label="Topic" name="topic" defaultValue={room.info.topic} maxLength={250} autoComplete="off" fault={faults.topic} />
        <div className="row end">
          <button type="button" className="button" onClick={onClose}>Cancel</button>
          <button className="button main" disabled={busy}>Save</button>
        </div>
      </form>
    </Dialog>
  );
}
