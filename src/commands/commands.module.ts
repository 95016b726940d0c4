import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { CommonModule } from '../common/common.module.js';
import { ConfigModule } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { Database } from '../database/database.js';
import { MessagesModule } from '../messages/messages.module.js';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { UsersModule } from '../users/users.module.js';

/** The features, without the doors through which people come. */
@Module({})
export class CommandsModule {
  static with(config: Config, dataSource: Database['dataSource']): DynamicModule {
    return {
      module: CommandsModule,
      imports: [
        ConfigModule.with(config),
        TypeOrmModule.forRootAsync({ useFactory: () => dataSource.options, dataSourceFactory: () => Promise.resolve(dataSource) }),
        CommonModule, RealtimeModule, UsersModule, AuthModule, RoomsModule, MessagesModule,
      ],
    };
  }
}
