import { ApiProperty } from '@nestjs/swagger';

export const partStates = ['up', 'down', 'off'] as const;
export type PartState = (typeof partStates)[number];

export class Live {
  /** @example "up" */
  status: string;
}

export class Ready {
  /** `degraded`: serving, but a part that can be done without is away. */
  @ApiProperty({ enum: ['ready', 'degraded', 'unavailable'], enumName: 'Readiness', example: 'ready' })
  status: 'ready' | 'degraded' | 'unavailable';

  @ApiProperty({ enum: partStates, enumName: 'PartState', example: 'up' })
  postgres: PartState;

  /** `off`: this server does without. */
  @ApiProperty({ enum: partStates, enumName: 'PartState', example: 'off' })
  redis: PartState;
}

export class Version {
  /** @example "verbatim" */
  name: string;

  /** @example "0.1.0" */
  version: string;

  /** @example "v22.11.0" */
  node: string;
}
