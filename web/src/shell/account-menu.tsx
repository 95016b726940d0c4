import { useLocation } from 'wouter';
import { ChevronsUpDown, Keyboard, LogOut, Monitor, Moon, Settings, Sun } from 'lucide-react';
import { useChat, useMe, usePerson } from '../chat/context';
import { Menu, MenuItem, MenuLine } from '../parts/menu';
import { Monogram } from '../parts/monogram';
import { attempt } from '../parts/notices';
import { setTheme, useTheme, type Theme } from './theme';

export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const chat = useChat();
  const me = useMe();
  const person = usePerson(me.id) ?? me;
  const [, navigate] = useLocation();
  return (
    <div className="me">
      <Menu align="start" trigger={<button type="button"><Monogram user={person} /><span className="who"><strong>{person.name}</strong><span>@{person.username}</span></span><ChevronsUpDown size={16} aria-hidden="true" /></button>}>
        <MenuItem onSelect={() => { navigate('/settings'); }}><Settings size={16} aria-hidden="true" />Profile and devices</MenuItem>
        <ThemeItem />
        <MenuItem onSelect={onHelp}><Keyboard size={16} aria-hidden="true" />Keyboard <kbd>?</kbd></MenuItem>
        <MenuLine />
        <MenuItem onSelect={() => { attempt(chat.logout()); }}><LogOut size={16} aria-hidden="true" />Sign out</MenuItem>
      </Menu>
    </div>
  );
}

const following: Record<Theme, readonly [next: Theme, text: string]> = {
  system: ['dark', 'Looks: as the system'],
  dark: ['light', 'Looks: dark'],
  light: ['system', 'Looks: light'],
};

function ThemeItem() {
  const theme = useTheme();
  const [next, text] = following[theme];
  const Icon = theme === 'system' ? Monitor : theme === 'dark' ? Moon : Sun;
  return <MenuItem onSelect={() => { setTheme(next); }}><Icon size={16} aria-hidden="true" />{text}</MenuItem>;
}
