import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { UsersModule } from '../users/users.module.js';
import { ChatGateway } from './chat.gateway.js';
import { Connections } from './connections.js';
import { Draining } from './draining.js';
import { Heads } from './heads.js';
import { Listening } from './listening.js';
import { PresenceNews } from './presence-news.js';
import { PresenceWatches } from './presence-watches.js';
import { Recheck } from './recheck.js';
import { RequestLimits } from './request-limits.js';
import { SocketAuth } from './socket-auth.js';
import { TypingNotes } from './typing-notes.js';
import { Viewers } from './viewers.js';

@Module({
  imports: [AuthModule, UsersModule, RoomsModule, MessagesModule],
  providers: [ChatGateway, Connections, Draining, Heads, Listening, PresenceNews, PresenceWatches, Recheck, RequestLimits, SocketAuth, TypingNotes, Viewers],
})
export class GatewayModule {}
