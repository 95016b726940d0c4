// In a fresh clone Jest knows no times and begins with the largest files; what takes longest in a small one then comes last, and all wait for it.
import Sequencer from '@jest/test-sequencer';

const longest = ['cluster/presence', 'fuzz', 'model/broken', 'gateway/frame-fuzz', 'client/connection', 'database/embedded-processes', 'database/embedded-places', 'cluster/workers', 'cluster/proxy', 'model/model', 'gateway/liveness', 'web/writing', 'web/ways', 'client/cli'];

const place = ({ path }) => {
  const found = longest.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return found < 0 ? longest.length : found;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => place(one) - place(other));
  }
}
