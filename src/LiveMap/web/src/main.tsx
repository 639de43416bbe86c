import 'maplibre-gl/dist/maplibre-gl.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/reports.css';
import { render } from 'preact';
import { App, enter } from './app.tsx';

render(<App />, document.getElementById('app')!);
void enter();
