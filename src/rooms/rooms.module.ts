import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/users.module.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { MembersService } from './members.service.js';
import { MembershipEntity } from './membership.entity.js';
import { MissedMoves } from './missed-moves.service.js';
import { RoomEntity } from './room.entity.js';
import { RoomSizes } from './room-sizes.service.js';
import { RoomUpkeepService } from './room-upkeep.service.js';
import { RoomsController } from './rooms.controller.js';
import { RoomsRepository } from './rooms.repository.js';
import { RoomsService } from './rooms.service.js';

@Module({
  imports: [UsersModule, TypeOrmModule.forFeature([RoomEntity, MembershipEntity])],
  controllers: [RoomsController, MembersController],
  providers: [MembersRepository, MembersService, MissedMoves, RoomsRepository, RoomsService, RoomSizes, RoomUpkeepService],
  exports: [MembersService, MissedMoves, RoomsService, RoomSizes, RoomUpkeepService],
})
export class RoomsModule {}
