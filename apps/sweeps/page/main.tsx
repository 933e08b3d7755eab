import './page.css';
import { useTheme } from '@nfnets/charts';
import { render } from 'preact';
import { apiOf, SweepApi } from './api.js';
import { Home } from './home/home.js';
import { LiveSweepPage } from './live-sweep.js';
import { usePlace } from './place.js';
import { SideBySide } from './side-by-side/side-by-side.js';

/** Whether the server has a folder of sweeps, or one alone. */
const hasHome = document.body.dataset['shows'] === 'sweeps';

function App() {
  const place = usePlace(hasHome);
  const theme = useTheme();
  if (place.view === 'home') return <Home search={place.search} theme={theme} />;
  if (place.view === 'compare')
    return <SideBySide folders={place.folders} theme={theme} key={place.folders.join('/')} />;
  const { folder } = place;
  return (
    <SweepApi.Provider value={apiOf(folder)}>
      <LiveSweepPage place={place} theme={theme} key={folder} />
    </SweepApi.Provider>
  );
}

render(<App />, document.getElementById('app')!);
