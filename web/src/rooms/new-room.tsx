import { useState } from 'react';
import { useLocation } from 'wouter';
import { toSlug } from '@verbatim/client';
import { useChat } from '../chat/context';
import { Dialog } from '../parts/dialog';
import { Field } from '../parts/field';
import { useForm } from '../session/use-form';

export function NewRoom({ suggestion, onClose }: { suggestion: string; onClose: () => void }) {
  const chat = useChat();
  const [, navigate] = useLocation();
  const [name, setName] = useState(suggestion);
  const [open, setOpen] = useState(true);
  const { busy, fault, faults, onSubmit } = useForm(async ({ address = '', topic = '' }) => {
    const room = await chat.api.createRoom({ name: name.trim(), topic: topic.trim(), kind: open ? 'public' : 'private', slug: toSlug(address) });
    onClose();
    navigate(`/rooms/${room.slug ?? room.id}`);
  });
  return (
    <Dialog title="New room" onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        {fault !== '' && <p className="alert" role="alert">{fault}</p>}
        <Field label="Name" name="name" value={name} onChange={(event) => { setName(event.target.value); }} maxLength={100} required autoComplete="off" fault={faults.name} />
        {open && <Address roomName={name} fault={faults.slug} />}
        <Field label="Topic" name="topic" maxLength={250} autoComplete="off" fault={faults.topic} hint="What it is about, in one line. It can be left empty." />
        <fieldset className="form" style={{ border: 0, padding: 0, margin: 0, gap: '0.5rem' }}>
          <legend className="legend">Who may come in?</legend>
          <label className="choice"><input type="radio" name="kind" checked={open} onChange={() => { setOpen(true); }} /><strong>Everybody</strong><span>It is in the list of public rooms, with its earlier conversation.</span></label>
          <label className="choice"><input type="radio" name="kind" checked={!open} onChange={() => { setOpen(false); }} /><strong>Those whom I bring in</strong><span>Nobody else even learns that it exists.</span></label>
        </fieldset>
        <div className="row end">
          <button type="button" className="button" onClick={onClose}>Cancel</button>
          <button className="button main" disabled={busy}>Make the room</button>
        </div>
      </form>
    </Dialog>
  );
}

/** Follows the name until somebody writes another one. */
function Address({ roomName, fault }: { roomName: string; fault: string | undefined }) {
  const [typed, setTyped] = useState<string>();
  const address = typed ?? toSlug(roomName) ?? '';
  const slug = toSlug(address);
  const hint = slug === undefined ? 'A word or two in plain letters. It can be left empty.' : `The room will be at ${location.host}/rooms/${slug}`;
  return <Field label="Address" name="address" value={address} onChange={(event) => { setTyped(event.target.value); }} maxLength={50} autoComplete="off" autoCapitalize="none" spellCheck={false} fault={fault} hint={hint} />;
}
