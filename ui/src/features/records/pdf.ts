/** Draws a PDF with pdf.js, which is loaded when the first one is opened. Nothing of the file leaves the page. */
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";

/** More pages are read in a program of one's own. */
export const MOST_PAGES = 30;
const WIDTH = 880;

/** Draws the first pages into an element, and says how many there are. */
export async function drawPages(content: ArrayBuffer, into: HTMLElement, label: (n: number, of: number) => string, ended: AbortSignal): Promise<number> {
  const pdf = await import("pdfjs-dist/legacy/build/pdf.mjs");
  pdf.GlobalWorkerOptions.workerSrc = workerUrl;
  const task = pdf.getDocument({ data: content, isEvalSupported: false, enableXfa: false });
  ended.addEventListener("abort", () => void task.destroy());
  const whole = await task.promise;
  for (let n = 1; n <= Math.min(whole.numPages, MOST_PAGES) && !ended.aborted; n++) {
    const page = await whole.getPage(n);
    const at = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: (WIDTH / at.width) * Math.min(2, window.devicePixelRatio || 1) });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.floor(viewport.width), Math.floor(viewport.height)];
    canvas.style.width = `${WIDTH}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label(n, whole.numPages));
    if (ended.aborted) break;
    into.append(canvas);
    await page.render({ canvas, viewport }).promise;
  }
  return whole.numPages;
}
