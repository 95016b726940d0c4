import { lazy, Suspense } from 'react';
import { Route, Router, Switch } from 'wouter';
import { leaveLayer } from './parts/layer';
import { Notices } from './parts/notices';
import { Waiting } from './parts/waiting';
import { isDemo } from './demo/demo-people';
import { SignedInOnly, SessionProvider } from './session/session';
import { SignInPage } from './session/sign-in';
import { RegisterPage } from './session/register';
import { Shell } from './shell/shell';

const DemoPage = lazy(() => import('./demo/demo-page'));

export function App() {
  return (
    <Router aroundNav={leaveLayer}>
      <Switch>
        {isDemo && <Route path="/demo"><Suspense fallback={<Waiting />}><DemoPage /></Suspense></Route>}
        <Route><Everyday /></Route>
      </Switch>
      <Notices />
    </Router>
  );
}

function Everyday() {
  return (
    <SessionProvider>
      <Switch>
        <Route path="/sign-in"><SignInPage /></Route>
        <Route path="/register"><RegisterPage /></Route>
        <Route><SignedInOnly><Shell /></SignedInOnly></Route>
      </Switch>
    </SessionProvider>
  );
}
