// What was typed and is not acknowledged outlives a reload and a lost connection: kept in the tab until it is sent.
const PREFIX = "rfc-unsent:";

export function keep(documentKey, unsent) {
  if (!unsent.updates.length) return sessionStorage.removeItem(PREFIX + documentKey);
  sessionStorage.setItem(PREFIX + documentKey, JSON.stringify(unsent));
}

export function read(documentKey) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + documentKey));
  } catch {
    return null;
  }
}
