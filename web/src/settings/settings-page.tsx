import { LogOut } from 'lucide-react';
import { useChat, useMe } from '../chat/context';
import { Monogram } from '../parts/monogram';
import { attempt } from '../parts/notices';
import { RoomsButton } from '../shell/rooms-button';
import { setTheme, themes, useTheme } from '../shell/theme';
import { Devices } from './devices';
import { PasswordForm } from './password-form';
import { ProfileForm } from './profile-form';

export function SettingsPage({ onRooms }: { onRooms: () => void }) {
  const chat = useChat();
  const me = useMe();
  return (
    <div className="page">
      <div className="column">
        <header>
          <RoomsButton onClick={onRooms} />
          <div className="what identity"><Monogram user={me} size="large" /><div><h1>{me.name}</h1><p>@{me.username}{me.email === null ? '' : ` · ${me.email}`}</p></div></div>
        </header>
        <ProfileForm />
        <Looks />
        <PasswordForm />
        <Devices />
        <section className="card form"><div className="row"><button type="button" className="button" onClick={() => { attempt(chat.logout()); }}><LogOut size={16} aria-hidden="true" />Sign out</button></div></section>
      </div>
    </div>
  );
}

const names = { system: 'As the system', light: 'Light', dark: 'Dark' };

function Looks() {
  const theme = useTheme();
  return (
    <section className="card" aria-label="Looks">
      <h2>Looks</h2>
      <div className="segments" role="radiogroup" aria-label="Looks">
        {themes.map((one) => <label key={one}><input type="radio" name="theme" checked={theme === one} onChange={() => { setTheme(one); }} />{names[one]}</label>)}
      </div>
    </section>
  );
}
