// Runs before the first paint, in the head, synchronously: theme and collapsed columns as the person left them.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("rfc-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    for (const column of ["catalog", "talk"])
      if (localStorage.getItem(`rfc-rail-${column}`)) root.dataset[`${column}Rail`] = "";
  } catch { /* storage is blocked: automatic theme, all columns open */ }
})();
