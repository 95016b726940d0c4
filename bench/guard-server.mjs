import { JwtGuard } from '../dist/src/auth/jwt.guard.js';
import { UsersService } from '../dist/src/users/users.service.js';
import { register, startWorld } from './world.mjs';

const world = await startWorld();
const { accessToken: token, user } = await register(world, 'alice');
UsersService.prototype.getMe = () => Promise.resolve(user);
if (process.argv[2] === 'open') {
  JwtGuard.prototype.canActivate = (context) => {
    context.switchToHttp().getRequest().user = { id: user.id };
    return Promise.resolve(true);
  };
}
process.send({ url: world.url, token });
process.once('message', () => void world.stop().then(() => process.exit(0)));
