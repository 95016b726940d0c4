import { OperatorService } from '../auth/operator.service.js';
import type { Account } from '../users/users.service.js';
import { withServices } from './application.js';
import { count, type Call, type Command, type Outcome } from './command.js';
import { readPassword } from './password.js';

/** A command that does one thing to one account. */
function account(about: string, act: (operator: OperatorService, account: Account, call: Call) => Promise<{ done: string; data?: object }>): Command {
  return {
    about,
    args: ['user'],
    run: (call: Call): Promise<Outcome> => withServices(call, async (app) => {
      const operator = app.get(OperatorService);
      const found = await operator.find(call.args[0]);
      const { done, data } = await act(operator, found, call);
      return { text: `${found.username} ${done}.`, data: { userId: found.id, username: found.username, ...data } };
    }),
  };
}

export const makeAdmin = account('Make somebody an admin of the server.', async (operator, found) => {
  await operator.setRole(found, 'admin');
  return { done: 'is an admin now', data: { role: 'admin' } };
});

export const disable = account('Switch an account off, which ends its sessions. The last admin stays.', async (operator, found) => {
  const sessionsEnded = await operator.setDisabled(found, true);
  return { done: `is disabled; ${count(sessionsEnded, 'session')} ended`, data: { disabled: true, sessionsEnded } };
});

export const enable = account('Switch an account on again.', async (operator, found) => {
  await operator.setDisabled(found, false);
  return { done: 'is enabled', data: { disabled: false } };
});

export const resetPassword = account('Give an account a new password, read from stdin or asked for; its sessions end.', async (operator, found, call) => {
  const sessionsEnded = await operator.resetPassword(found, await readPassword(call, `New password of ${found.username}`));
  return { done: `has a new password; ${count(sessionsEnded, 'session')} ended`, data: { sessionsEnded } };
});

export const endSessions = account('Sign somebody out everywhere.', async (operator, found) => {
  const sessionsEnded = await operator.endSessions(found);
  return { done: `is signed out; ${count(sessionsEnded, 'session')} ended`, data: { sessionsEnded } };
});
