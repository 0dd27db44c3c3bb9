/** "file:///home/mara/Shared%20folder"; backslashes and drives as Windows has them. */
export function folderUrl(path: string): string {
  const slashes = path.replaceAll("\\", "/");
  const whole = slashes.startsWith("/") ? slashes : `/${slashes}`;
  return `file://${whole.split("/").map(encodeURIComponent).join("/").replace(/^\/([A-Za-z])%3A/, "/$1:")}`;
}
