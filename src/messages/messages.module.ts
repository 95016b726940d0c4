import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RoomsModule } from '../rooms/rooms.module.js';
import { UsersModule } from '../users/users.module.js';
import { ChangesRepository } from './changes.repository.js';
import { ChangesService } from './changes.service.js';
import { HistoryRepository } from './history.repository.js';
import { JoiningService } from './joining.service.js';
import { MessageEntity } from './message.entity.js';
import { MessageUpkeepRepository } from './message-upkeep.repository.js';
import { MessageUpkeepService } from './message-upkeep.service.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';
import { ReactionEntity } from './reaction.entity.js';
import { SyncRepository } from './sync.repository.js';
import { SyncService } from './sync.service.js';

@Module({
  imports: [RoomsModule, UsersModule, TypeOrmModule.forFeature([MessageEntity, ReactionEntity])],
  controllers: [MessagesController],
  providers: [ChangesRepository, ChangesService, HistoryRepository, JoiningService, MessagesRepository, MessagesService, MessageUpkeepRepository, MessageUpkeepService, SyncRepository, SyncService],
  exports: [ChangesService, JoiningService, MessagesService, MessageUpkeepService, SyncService],
})
export class MessagesModule {}
