/** What this browser keeps: the device's key and its sessions, in IndexedDB. Knows no HTTP. */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { type DeviceKey, generateDeviceKey } from './key.ts';
import type { SessionStore, StoredSession } from './session.ts';

const DATABASE = 'countersign';
const VERSION = 1;
const DEVICE_KEY = 'device';

interface Schema extends DBSchema {
  keys: { key: string; value: DeviceKey };
  sessions: { key: string; value: StoredSession };
}

/** The browser's storage for one origin. */
export interface DeviceStorage {
  /**
   * The device's one key, made at first use. One for all that this browser does here: the server
   * sees by it that a phone page and a sign-in page are the same device.
   */
  deviceKey(): Promise<DeviceKey>;
  /** The place of one session, by name. */
  sessions(name: string): SessionStore;
}

/** Opens the storage. Throws the browser's own error where it keeps nothing (some private windows). */
export async function openStorage(): Promise<DeviceStorage> {
  const database = await openDB<Schema>(DATABASE, VERSION, {
    upgrade(fresh) {
      fresh.createObjectStore('keys');
      fresh.createObjectStore('sessions');
    },
  });
  return {
    deviceKey: () => deviceKey(database),
    sessions: name => ({
      name,
      load: () => database.get('sessions', name),
      save: async session => {
        await database.put('sessions', session, name);
      },
      clear: () => database.delete('sessions', name),
    }),
  };
}

async function deviceKey(database: IDBPDatabase<Schema>): Promise<DeviceKey> {
  const kept = await database.get('keys', DEVICE_KEY);
  if (kept) return kept;
  // Made outside the transaction, which would not wait for it; so another tab may have been quicker.
  const made = await generateDeviceKey();
  const transaction = database.transaction('keys', 'readwrite');
  const quicker = await transaction.store.get(DEVICE_KEY);
  if (!quicker) await transaction.store.put(made, DEVICE_KEY);
  await transaction.done;
  return quicker ?? made;
}
