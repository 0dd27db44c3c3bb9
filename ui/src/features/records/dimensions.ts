/** How many pixels an image has, read from its first bytes: whoever made it may have made it to fill the memory. Pure. */

const ascii = (at: number, bytes: Uint8Array, text: string): boolean => [...text].every((letter, n) => bytes[at + n] === letter.charCodeAt(0));
type Size = { width: number; height: number };

/** Null where that is not known; such an image is not drawn without being asked for. */
export function sizeOf(content: ArrayBuffer): Size | null {
  const bytes = new Uint8Array(content);
  const view = new DataView(content);
  try {
    const size = read(bytes, view);
    return size && size.width > 0 && size.height > 0 ? size : null;
  } catch {
    return null; // it ends before it says so
  }
}

function read(bytes: Uint8Array, view: DataView): Size | null {
  if (ascii(1, bytes, "PNG")) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (ascii(0, bytes, "GIF8")) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (ascii(0, bytes, "BM")) return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpeg(bytes, view);
  if (ascii(0, bytes, "RIFF") && ascii(8, bytes, "WEBP")) return webp(bytes, view);
  return ascii(4, bytes, "ftyp") ? heif(bytes, view) : null;
}

/** The frame that says how large it is comes after segments of known length. */
function jpeg(bytes: Uint8Array, view: DataView): Size | null {
  for (let at = 2; at < bytes.length;) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) { at += 1; continue; }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function webp(bytes: Uint8Array, view: DataView): Size | null {
  const three = (at: number) => view.getUint16(at, true) + ((bytes[at + 2] ?? 0) << 16);
  if (ascii(12, bytes, "VP8X")) return { width: three(24) + 1, height: three(27) + 1 };
  if (ascii(12, bytes, "VP8 ")) return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (!ascii(12, bytes, "VP8L")) return null;
  const packed = view.getUint32(21, true);
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
}

/** AVIF and HEIC: the largest of the sizes that stand in the properties. */
const PROPERTIES = 1 << 16;
function heif(bytes: Uint8Array, view: DataView): Size | null {
  let largest: Size | null = null;
  for (let at = 8; at < Math.min(bytes.length - 16, PROPERTIES); at++) {
    if (!ascii(at, bytes, "ispe")) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (width * height > (largest ? largest.width * largest.height : 0)) largest = { width, height };
  }
  return largest;
}
