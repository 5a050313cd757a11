// What was typed and is not acknowledged outlives a reload and a lost connection: kept in the tab until it is sent.
const PREFIX = "rfc-unsent:";

export function keep(documentKey, unsent) {
  if (!unsent.updates.length) return sessionStorage.removeItem(PREFIX + documentKey);
  sessionStorage.setItem(PREFIX + documentKey, JSON.stringify(unsent));
}

export function take(documentKey) {
  const kept = sessionStorage.getItem(PREFIX + documentKey);
  sessionStorage.removeItem(PREFIX + documentKey);
  try {
    return JSON.parse(kept);
  } catch {
    return null;
  }
}
