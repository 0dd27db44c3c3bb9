/** The columns of the window, walked by F6. A column where nothing takes the focus is passed over. */
const TAKES = '[tabindex="0"],button:not(:disabled):not([tabindex="-1"]),a[href],input:not(:disabled):not([tabindex="-1"]),select:not(:disabled),textarea:not(:disabled)';

/** The focus goes to the first thing in the column that takes it: what is off, or out of sight, does not. */
function enter(column: HTMLElement): boolean {
  const could = [...column.querySelectorAll<HTMLElement>(TAKES), ...(column.tabIndex === 0 ? [column] : [])];
  return could.some((one) => {
    one.focus();
    return document.activeElement === one;
  });
}

/** To the next column, or with -1 to the one before; around at the ends. */
export function walk(columns: HTMLElement[], step: 1 | -1): void {
  const at = columns.findIndex((column) => column.contains(document.activeElement));
  const from = at < 0 && step < 0 ? 0 : at;
  for (let n = 1; n <= columns.length; n++) {
    const column = columns[(from + step * n + columns.length * 2) % columns.length];
    if (column && enter(column)) return;
  }
}
