/** Starts the site: `ISSUER`, `CLIENT_ID`, `PORT` and `ORIGIN` say where it finds others and is found. */

import { fileURLToPath } from 'node:url';
import { site } from './site.js';

const {
  ISSUER: issuer = 'http://localhost:8080',
  CLIENT_ID: clientId = 'reading-room',
  PORT: port = '8090',
  ORIGIN: origin = `http://localhost:${port}`,
} = process.env;
const folder = fileURLToPath(new URL('../dist', import.meta.url));

site({ issuer, clientId, origin, folder }).listen(Number(port), '127.0.0.1', () => {
  console.log(`The Reading Room is at ${origin}; it takes tokens of ${issuer}`);
});
